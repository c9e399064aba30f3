// make_demo_record.mjs OUT: starts a local node (anvil) with a small market of real contracts, lets people trade in one
// block so that prices come apart between two exchanges, and writes that block with its state as a record to OUT.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, 'node_modules');
const fail = (message) => {
  console.error(`make_demo_record: ${message}`);
  process.exit(1);
};

const out = process.argv[2] ?? fail('usage: make_demo_record.mjs OUT');

// --- the packages, as package-lock.json pins them -------------------------------------------------
// The Linux program itself, as Osprey is for x86-64 Linux: the package that chooses one for the system names others too,
// which not every registry has, and npm ci refuses a lock without them.
const anvil = join(modules, '@foundry-rs', 'anvil-linux-amd64', 'bin', 'anvil');
if (!existsSync(anvil) || !existsSync(join(modules, '@uniswap', 'v2-core'))) {
  console.error('fetching a local node and the contracts (npm ci) ...');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, encoding: 'utf8' });
  if (npm.error) fail('npm is missing: install Node.js with npm');
  if (npm.status !== 0) fail(`npm ci failed: ${npm.stderr.trim().split('\n').slice(-1)[0]}`);
  if (!existsSync(anvil)) fail('npm installed no anvil');
}
const contract = (path) => JSON.parse(readFileSync(join(modules, path)));

// --- the node -------------------------------------------------------------------------------------
const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
const port = await freePort();
// Mainnet's rules on a day in March 2024 (Cancun): the chain id and the time say so to whoever executes the record.
const node = spawn(
  anvil,
  ['--port', port, '--chain-id', '1', '--hardfork', 'cancun', '--number', '19500000', '--timestamp', '1711200000',
   '--order', 'fifo', '--silent'].map(String),
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
let stopping = false;
node.on('exit', (code) => stopping || fail(`the local node ended with status ${code}`));
process.on('exit', () => {
  stopping = true;
  node.kill();
});

const rpc = async (method, ...params) => {
  const answer = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = await answer.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
};
for (let tries = 0; ; ++tries) {
  try {
    await rpc('eth_chainId');
    break;
  } catch {
    if (tries === 100) fail('the local node does not answer');
    await new Promise((done) => setTimeout(done, 100));
  }
}

// --- words and calls ------------------------------------------------------------------------------
const hex = (value) => '0x' + BigInt(value).toString(16);
const word = (value) => BigInt(value).toString(16).padStart(64, '0');
const text = (s) => '0x' + Buffer.from(s).toString('hex').padEnd(62, '0') + (s.length * 2).toString(16).padStart(2, '0');
const call = (selector, ...words) => '0x' + selector + words.map(word).join('');
const unit = 10n ** 18n;

const selectors = {
  createPair: 'c9c65396', // createPair(address,address)
  deposit: 'd0e30db0', // deposit()
  getPair: 'e6a43905', // getPair(address,address)
  getReserves: '0902f1ac', // getReserves()
  mint: '6a627842', // mint(address)
  swap: '022c0d9f', // swap(uint256,uint256,address,bytes)
  transfer: 'a9059cbb', // transfer(address,uint256)
};

const [owner, ...traders] = await rpc('eth_accounts');
// A gas limit of its own for each: with mining off, an estimate would run on the state before the block.
const send = (from, to, data, value = 0n) =>
  rpc('eth_sendTransaction', { from, to, data, value: hex(value), gas: hex(data.length > 4000 ? 8_000_000 : 300_000) });
// A transaction is answered before the block with it is there.
const done = async (hash) => {
  for (let tries = 0; tries < 200; ++tries) {
    const receipt = await rpc('eth_getTransactionReceipt', hash);
    if (receipt?.status === '0x1') return receipt;
    if (receipt) throw new Error(`transaction ${hash} failed`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
  throw new Error(`transaction ${hash} was not mined`);
};

// --- the market: three tokens, two exchanges ------------------------------------------------------
// All tokens run WETH's code. The first stands where mainnet has WETH; names are what WETH keeps in storage.
const wethCode = contract('canonical-weth/build/contracts/WETH9.json').deployedBytecode;
const token = async (address, name, symbol) => {
  await rpc('anvil_setCode', address, wethCode);
  const slots = [text(name), text(symbol), '0x' + word(18)];
  for (const [slot, value] of slots.entries()) await rpc('anvil_setStorageAt', address, hex(slot), value);
  return address;
};
const weth = await token('0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2', 'Wrapped Ether', 'WETH');
const usd = await token('0x00000000000000000000000000000000000d0112', 'Demo Dollar', 'DUSD');
const fish = await token('0x0000000000000000000000000000000000f15400', 'Demo Fish', 'FISH');
for (const account of [owner, ...traders]) {
  await rpc('anvil_setBalance', account, hex(10_000_000n * unit));
  for (const each of [weth, usd, fish]) await done(await send(account, each, call(selectors.deposit), 2_000_000n * unit));
}

const factoryCode = contract('@uniswap/v2-core/build/UniswapV2Factory.json').bytecode;
const exchange = async () => {
  const code = (factoryCode.startsWith('0x') ? factoryCode : '0x' + factoryCode) + word(owner);
  const hash = await rpc('eth_sendTransaction', { from: owner, data: code, gas: hex(8_000_000) });
  return (await done(hash)).contractAddress;
};
const pair = async (factory, [a, amountA], [b, amountB]) => {
  await done(await rpc('eth_sendTransaction',
    { from: owner, to: factory, data: call(selectors.createPair, a, b), gas: hex(5_000_000) }));
  const answer = await rpc('eth_call', { to: factory, data: call(selectors.getPair, a, b) }, 'latest');
  const address = '0x' + answer.slice(26);
  await done(await send(owner, a, call(selectors.transfer, address, amountA * unit)));
  await done(await send(owner, b, call(selectors.transfer, address, amountB * unit)));
  await done(await send(owner, address, call(selectors.mint, owner)));
  return { address, tokens: BigInt(a) < BigInt(b) ? [a, b] : [b, a] };
};
const first = await exchange(), second = await exchange();
const pairs = {
  wethUsd: await pair(first, [weth, 1_000n], [usd, 300_000n]),
  wethFish: await pair(first, [weth, 400n], [fish, 80_000n]),
  wethFish2: await pair(second, [weth, 250n], [fish, 50_000n]),
  usdFish2: await pair(second, [usd, 60_000n], [fish, 40_000n]),
};

// --- the block that is recorded -------------------------------------------------------------------
// Reserves as they will be when each swap's turn comes, to ask the pair for exactly what it pays.
const reserves = {};
for (const [name, { address }] of Object.entries(pairs)) {
  const answer = await rpc('eth_call', { to: address, data: call(selectors.getReserves) }, 'latest');
  reserves[name] = [BigInt('0x' + answer.slice(2, 66)), BigInt('0x' + answer.slice(66, 130))];
}
await rpc('evm_setAutomine', false);
const sent = [];
const swap = async (from, name, tokenIn, amountIn) => {
  const { address, tokens } = pairs[name];
  const i = tokens.indexOf(tokenIn);
  const withFee = amountIn * 997n;
  const amountOut = (withFee * reserves[name][1 - i]) / (reserves[name][i] * 1000n + withFee);
  reserves[name][i] += amountIn;
  reserves[name][1 - i] -= amountOut;
  sent.push(await send(from, tokenIn, call(selectors.transfer, address, amountIn)));
  const outs = i === 0 ? [0n, amountOut] : [amountOut, 0n];
  sent.push(await send(from, address, call(selectors.swap, ...outs, from, 128n, 0n)));
};
const parent = await rpc('eth_getBlockByNumber', 'latest', false);
const before = await rpc('anvil_dumpState');
await swap(traders[0], 'wethUsd', usd, 4_500n * unit);
await swap(traders[1], 'wethFish', weth, 35n * unit);
await swap(traders[2], 'usdFish2', usd, 2_000n * unit);
await swap(traders[3], 'wethFish2', fish, 1_200n * unit);
await swap(traders[4], 'wethUsd', weth, 12n * unit);
await rpc('evm_mine');
for (const hash of sent) await done(hash);

const block = await rpc('eth_getBlockByNumber', 'latest', true);
const receipts = await rpc('eth_getBlockReceipts', 'latest');
if (block.transactions.length !== sent.length) fail('the local node left transactions out of the block');
const state = JSON.parse(gunzipSync(Buffer.from(before.slice(2), 'hex')));
const prestate = {};
for (const [address, account] of Object.entries(state.accounts)) {
  prestate[address] = { balance: hex(account.balance), nonce: hex(account.nonce), storage: account.storage };
  if (account.code && account.code !== '0x') prestate[address].code = account.code;
}
const record = {
  chainId: 1,
  number: Number(block.number),
  block,
  blockHashes: { [Number(parent.number)]: parent.hash },
  prestate,
  receipts,
};
const target = resolve(out);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(`${target}.part`, JSON.stringify(record));
renameSync(`${target}.part`, target);
process.exit(0);
