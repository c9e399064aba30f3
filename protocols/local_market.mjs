// local_market.mjs <share folder> <folder of compiled protocols>: local_market.json, {<Contract>: <its artifact>}, of all that the local
// market deploys, and beside it the node, `anvil`, as a link.
import fs from 'node:fs';
import path from 'node:path';
import { compile, read } from '../contracts/solc.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const modules = path.join(here, 'node_modules');
const [out, built] = process.argv.slice(2);

const aave = (path) => `@aave/core-v3/artifacts/contracts/${path}/${path.split('/').at(-1).replace('.sol', '')}.json`;
const fromNpm = {
  WETH9: 'canonical-weth/build/contracts/WETH9.json',
  UniswapV2Factory: '@uniswap/v2-core/build/UniswapV2Factory.json',
  UniswapV2Pair: '@uniswap/v2-core/build/UniswapV2Pair.json',
  UniswapV2Router02: '@uniswap/v2-periphery/build/UniswapV2Router02.json',
  UniswapV3Factory: '@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json',
  UniswapV3Pool: '@uniswap/v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json',
  SwapRouter: '@uniswap/v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json',
  PancakeV3Factory: '@pancakeswap/v3-core/artifacts/contracts/PancakeV3Factory.sol/PancakeV3Factory.json',
  PancakeV3Pool: '@pancakeswap/v3-core/artifacts/contracts/PancakeV3Pool.sol/PancakeV3Pool.json',
  BalancerAuthorizer: '@balancer-labs/v2-deployments/dist/tasks/20210418-authorizer/artifact/Authorizer.json',
  BalancerVault: '@balancer-labs/v2-deployments/dist/tasks/20210418-vault/artifact/Vault.json',
  WeightedPool: '@balancer-labs/v2-deployments/dist/tasks/20210418-weighted-pool/bytecode/WeightedPool.json',
  ...Object.fromEntries(
    [
      ...['Borrow', 'Bridge', 'Configurator', 'EMode', 'FlashLoan', 'Liquidation', 'Pool', 'Supply'].map(
        (name) => `protocol/libraries/logic/${name}Logic.sol`,
      ),
      ...['Pool', 'PoolConfigurator', 'DefaultReserveInterestRateStrategy'].map((name) => `protocol/pool/${name}.sol`),
      ...['ACLManager', 'PoolAddressesProvider'].map((name) => `protocol/configuration/${name}.sol`),
      ...['AToken', 'StableDebtToken', 'VariableDebtToken'].map((name) => `protocol/tokenization/${name}.sol`),
      ...['AaveOracle', 'AaveProtocolDataProvider'].map((name) => `misc/${name}.sol`),
    ].map((path) => [`Aave/${path.split('/').at(-1).replace('.sol', '')}`, aave(path)]),
  ),
  PoolManager: '@uniswap/v4-core/out/PoolManager.sol/PoolManager.json',
};

const own = fs.readdirSync(path.join(here, 'local_market')).filter((file) => file.endsWith('.sol'));
const compiled = compile({
  sources: read(here, own.map((file) => path.join('local_market', file))),
  modules: [modules],
  settings: { optimizer: { enabled: true, runs: 200 }, viaIR: true, evmVersion: 'cancun' },
  warningsAreErrors: true,
});

// The artifacts' other members (ABI, sources) would make the file many times as large.
const codeOf = ({ bytecode, creationCode, evm }) => ({
  bytecode: bytecode?.object ?? bytecode ?? creationCode ?? evm.bytecode.object,
});
const load = (file) => codeOf(JSON.parse(fs.readFileSync(file, 'utf8')));
const contracts = {
  ...Object.fromEntries(Object.entries(compiled).map(([name, artifact]) => [name, codeOf(artifact)])),
  ...Object.fromEntries(Object.entries(fromNpm).map(([name, file]) => [name, load(path.join(modules, file))])),
  Morpho: load(path.join(built, 'Morpho.json')),
};
fs.mkdirSync(out, { recursive: true });
const node = path.join(out, 'anvil');
fs.rmSync(node, { force: true });
fs.symlinkSync(path.join(modules, '@foundry-rs/anvil-linux-amd64/bin/anvil'), node);
fs.writeFileSync(path.join(out, 'local_market.json'), JSON.stringify(contracts));
