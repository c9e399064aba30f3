// generate.mjs: writes src/networks/data.cpp from the npm packages that package-lock.json pins, and curated.json.
// `npm ci` first. Where two packages name an address of the same thing, they must agree, or this fails.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const fail = (message) => {
  console.error(`networks: ${message}`);
  process.exit(1);
};
const load = (name) => import(require.resolve(name));
const curated = JSON.parse(readFileSync(join(here, 'curated.json')));
const versions = JSON.parse(readFileSync(join(here, 'package.json'))).dependencies;

const [viem, sushi, uniswap, pancakeV2, pancakeV3, aave, morpho, joe] = await Promise.all(
  ['viem/chains', 'sushi/evm', '@uniswap/sdk-core', '@pancakeswap/v2-sdk', '@pancakeswap/v3-sdk',
    '@aave-dao/aave-address-book', '@morpho-org/blue-sdk', '@traderjoe-xyz/sdk-v2'].map(load));
const balancer = require.resolve('@balancer-labs/v2-deployments');

const chains = new Map();
for (const chain of Object.values(viem)) if (chain?.id && !chains.has(chain.id)) chains.set(chain.id, chain);

const zero = '0x' + '0'.repeat(40);
const lower = (address) => (typeof address === 'string' && address.toLowerCase() !== zero ? address.toLowerCase() : undefined);
/// The one address that all sources which have one agree on.
const agreed = (what, ...addresses) => {
  const known = [...new Set(addresses.map(lower).filter(Boolean))];
  if (known.length > 1) fail(`${what}: the packages disagree: ${known.join(', ')}`);
  return known[0];
};

const balancerNames = { 1: 'mainnet', 10: 'optimism', 56: 'bsc', 100: 'gnosis', 137: 'polygon', 42161: 'arbitrum' };
const balancerVault = (id) => {
  if (!balancerNames[id]) return undefined;
  const file = join(dirname(balancer), 'addresses', `${balancerNames[id]}.json`);
  const entry = Object.entries(JSON.parse(readFileSync(file))).find(([, { name }]) => name === 'Vault');
  return entry && lower(entry[0]);
};

const aavePools = (id) =>
  Object.entries(aave)
    .filter(([name, book]) => /^AaveV[23]/.test(name) && book?.CHAIN_ID === id && book.POOL)
    .map(([name, book]) => ({
      name: name.replace(/^Aave(V[23]).*/, (_, v) => `aave_${v.toLowerCase()}`) + marketOf(name),
      kind: name.startsWith('AaveV2') ? 'aave_v2' : 'aave_v3',
      address: lower(book.POOL),
    }));
/// "AaveV3EthereumLido" has the market "_lido": what stands behind the network's own name.
const marketOf = (name) => {
  const market = /^AaveV[23](?:Ethereum|Ink)(.+)$/.exec(name);
  return market ? `_${market[1].toLowerCase()}` : '';
};

const startTokens = (id, wrapped, symbol) => {
  const tokens = new Map([[wrapped, { symbol, decimals: 18 }]]);
  for (const key of ['WETH9', 'USDC', 'USDT', 'USDT0', 'DAI', 'WBTC']) {
    const token = sushi[key]?.[id];
    if (!token) continue;
    // On BNB Chain WETH9 is bridged ether, a start token like others; the wrapped coin is WNATIVE.
    const address = lower(token.address);
    if (address && !tokens.has(address)) tokens.set(address, { symbol: key === 'WETH9' ? 'WETH' : key, decimals: token.decimals });
  }
  const seen = new Set([...tokens.values()].map((token) => token.symbol));
  for (const [name, book] of Object.entries(aave)) {
    if (!/^AaveV3/.test(name) || book?.CHAIN_ID !== id || !book.ASSETS) continue;
    for (const symbolOf of ['WETH', 'USDC', 'USDT', 'DAI', 'WBTC']) {
      const asset = book.ASSETS[symbolOf];
      const address = asset && lower(asset.UNDERLYING);
      if (!address || tokens.has(address) || seen.has(symbolOf)) continue;
      tokens.set(address, { symbol: symbolOf, decimals: asset.decimals });
      seen.add(symbolOf);
    }
  }
  return [...tokens].map(([address, token]) => ({ address, ...token }));
};

const exchanges = (id) => {
  const uni = uniswap.CHAIN_TO_ADDRESSES_MAP[id] ?? {};
  const out = [];
  // zkSync derives addresses in a way of its own.
  const hashOf = (map) => (id === 324 ? undefined : typeof map === 'string' ? map : map?.[id]);
  const add = (name, kind, factory, initCode, deployer) => factory && out.push({ name, kind, factory, initCode, deployer: lower(deployer) });
  const uniswapV2 = agreed(`Uniswap V2 on ${id}`, uniswap.V2_FACTORY_ADDRESSES[id], sushi.UNISWAP_V2_FACTORY_ADDRESS[id]);
  add('uniswap_v2', 'uniswap_v2', uniswapV2, hashOf(sushi.UNISWAP_V2_INIT_CODE_HASH));
  const uniswapV3 = agreed(`Uniswap V3 on ${id}`, uni.v3CoreFactoryAddress, sushi.UNISWAP_V3_FACTORY_ADDRESS[id]);
  add('uniswap_v3', 'uniswap_v3', uniswapV3, hashOf(sushi.UNISWAP_V3_INIT_CODE_HASH));
  add('uniswap_v4', 'uniswap_v4', lower(uni.v4PoolManagerAddress));
  add('pancakeswap_v2', 'uniswap_v2', agreed(`PancakeSwap V2 on ${id}`, pancakeV2.FACTORY_ADDRESS_MAP[id],
    sushi.PANCAKESWAP_V2_FACTORY_ADDRESS[id]), hashOf(pancakeV2.INIT_CODE_HASH_MAP));
  add('pancakeswap_v3', 'uniswap_v3', agreed(`PancakeSwap V3 on ${id}`, pancakeV3.FACTORY_ADDRESSES[id],
    sushi.PANCAKESWAP_V3_FACTORY_ADDRESS[id]), hashOf(pancakeV3.POOL_INIT_CODE_HASHES), pancakeV3.DEPLOYER_ADDRESSES[id]);
  add('sushiswap_v2', 'uniswap_v2', lower(sushi.SUSHISWAP_V2_FACTORY_ADDRESS[id]), hashOf(sushi.SUSHISWAP_V2_INIT_CODE_HASH));
  add('sushiswap_v3', 'uniswap_v3', lower(sushi.SUSHISWAP_V3_FACTORY_ADDRESS[id]), hashOf(sushi.SUSHISWAP_V3_INIT_CODE_HASH));
  for (const [name, map] of [['liquidity_book_v2_1', joe.LB_FACTORY_V21_ADDRESS], ['liquidity_book_v2_2', joe.LB_FACTORY_V22_ADDRESS]])
    add(name, 'liquidity_book', lower(map[id]));
  add('balancer_v2', 'balancer_v2', balancerVault(id));
  return out;
};

const networks = curated.networks.map((own) => {
  const chain = chains.get(own.id) ?? fail(`viem has no chain ${own.id}`);
  const predeploy = own.fees === 'op_stack' && chain.nativeCurrency.symbol === 'ETH' && own.id !== 81457
    ? '0x4200000000000000000000000000000000000006' : undefined;
  const wrapped = agreed(`wrapped native of ${own.id}`, own.wrapped, sushi.WNATIVE_ADDRESS[own.id], predeploy)
    ?? fail(`no wrapped native coin of ${own.id}`);
  const blue = lower(morpho.addressesRegistry[own.id]?.blue ?? morpho.addressesRegistry[own.id]?.morpho);
  const swaps = exchanges(own.id);
  const lenders = aavePools(own.id);
  if (blue) lenders.push({ name: 'morpho_blue', kind: 'morpho_blue', address: blue });
  const extra = curated.lenders.filter(({ id }) => id === own.id);
  lenders.push(...extra.filter(({ kind }) => kind === 'compound_v3'));
  // Free ones first.
  const flash = [];
  const vault = swaps.find(({ kind }) => kind === 'balancer_v2');
  const manager = swaps.find(({ kind }) => kind === 'uniswap_v4');
  if (manager) flash.push({ name: manager.name, kind: 'uniswap_v4', address: manager.factory });
  if (vault) flash.push({ name: vault.name, kind: 'balancer_v2', address: vault.factory });
  if (blue) flash.push({ name: 'morpho_blue', kind: 'morpho_blue', address: blue });
  flash.push(...extra.filter(({ kind }) => kind === 'erc3156'));
  flash.push(...lenders.filter(({ kind }) => kind === 'aave_v3'));
  return {
    ...own, wrapped, swaps, lenders, flash,
    name: chain.name, symbol: chain.nativeCurrency.symbol,
    tokens: startTokens(own.id, wrapped, `W${chain.nativeCurrency.symbol}`),
    multicall: lower(chain.contracts?.multicall3?.address),
    explorer: chain.blockExplorers?.default?.url ?? '',
  };
});

/// Who makes pairs like Uniswap V2's, once each: one factory may stand under one address on many networks.
const pairFactories = new Map();
const addPairFactory = (entry) => {
  const factory = lower(entry.factory);
  const known = pairFactories.get(factory);
  if (known && (known.fee !== entry.fee || known.number !== entry.number)) fail(`pairs of ${factory} have two fees`);
  if (!known) pairFactories.set(factory, { ...entry, factory });
};
for (const { swaps } of networks)
  for (const { name, kind, factory } of swaps)
    if (kind === 'uniswap_v2')
      addPairFactory({ name, factory, fee: 'fixed', number: curated.pairFees[name] ?? fail(`no fee of ${name}`) });
for (const entry of curated.pairFactories) {
  if (pairFactories.has(lower(entry.factory))) fail(`curated.json repeats ${entry.factory}, which the packages have`);
  addPairFactory({ number: 0, ...entry });
}

// --- C++ ---
const text = (value) => JSON.stringify(value ?? '');
const address = (value) => `"${value.toLowerCase()}"_address`;
const list = (items, print) => items.map((item) => `    {${print(item)}},\n`).join('');
const lines = [];
lines.push('// Made by scripts/networks/generate.mjs; change that or scripts/networks/curated.json, not this file. From the npm packages');
for (const [name, version] of Object.entries(versions).filter(([name]) => !['zod', '@morpho-org/morpho-ts'].includes(name)))
  lines.push(`//   ${name} ${version}`);
lines.push('', '#include "networks/networks.hpp"', '#include "primitives/hex.hpp"', '', 'namespace osprey::networks {', '', 'namespace {', '', 'using namespace literals;', '');
const table = (type, name, items, print) => {
  if (items.length > 0) lines.push(`constexpr ${type} ${name}[] = {\n${list(items, print)}};`);
  return items.length > 0 ? name : '{}';
};
const rows = networks.map((network) => {
  const of = (what) => `${network.short}_${what}`;
  lines.push(`// ${network.name}`);
  const tokens = table('Token', of('tokens'), network.tokens, (t) => `${text(t.symbol)}, ${t.decimals}, ${address(t.address)}`);
  const swaps = table('Exchange', of('exchanges'), network.swaps, (e) =>
    [`${text(e.name)}, ExchangeKind::${e.kind}, ${address(e.factory)}`,
      e.initCode ? `"${e.initCode.toLowerCase()}"_hash` : 'Hash{}', e.deployer ? address(e.deployer) : 'Address{}'].join(', '));
  const lender = (l) => `${text(l.name)}, LenderKind::${l.kind}, ${address(l.address)}`;
  const lending = table('Lender', of('lending'), network.lenders, lender);
  const flash = table('Lender', of('flash'), network.flash, lender);
  lines.push('');
  return `    {.chain_id = ${network.id}, .name = ${text(network.name)}, .short_name = ${text(network.short)}, .native_symbol = ${text(network.symbol)},
     .block_time_ms = ${network.blockMs}, .fees = FeeModel::${network.fees}, .mempool = Mempool::${network.mempool === 'public' ? 'open' : network.mempool === 'private' ? 'closed' : network.mempool},
     .ordering = ${text(network.ordering)}, .ordering_since = ${text(network.since)}, .as_of = ${text(curated.asOf)},
     .wrapped_native = ${address(network.wrapped)}, .multicall = ${network.multicall ? address(network.multicall) : 'Address{}'}, .explorer = ${text(network.explorer)},
     .start_tokens = ${tokens}, .exchanges = ${swaps}, .lending = ${lending}, .flash_sources = ${flash}},`;
});
lines.push('constexpr Network rows[] = {', ...rows, '};', '');
table('PairFactory', 'pairs', [...pairFactories.values()].sort((a, b) => (a.factory < b.factory ? -1 : 1)),
  (p) => `${text(p.name)}, ${address(p.factory)}, PairFactory::Fee::${p.fee}, ${p.number}`);
lines.push('', '}  // namespace', '', 'std::span<const Network> all() noexcept { return rows; }',
  'std::span<const PairFactory> pair_factories() noexcept { return pairs; }', '', '}  // namespace osprey::networks', '');
const target = join(here, '..', '..', 'src', 'networks', 'data.cpp');
writeFileSync(target, lines.join('\n'));
const formatted = spawnSync('clang-format-19', ['-i', target]);
if (formatted.status !== 0) fail('clang-format-19 could not format the result');
console.log(`${networks.length} networks, ${networks.reduce((n, { swaps }) => n + swaps.length, 0)} exchanges, `
  + `${networks.reduce((n, { lenders }) => n + lenders.length, 0)} lending pools, ${networks.reduce((n, { flash }) => n + flash.length, 0)} flash sources`);
