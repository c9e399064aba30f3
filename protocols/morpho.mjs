// morpho.mjs <out folder>: Morpho.json. Morpho Blue is on npm as source only, held at 0.8.19; our solc compiles it as well.
import fs from 'node:fs';
import path from 'node:path';
import { compile, write } from '../contracts/solc.mjs';

const modules = path.join(path.dirname(new URL(import.meta.url).pathname), 'node_modules');
const name = '@morpho-org/morpho-blue/src/Morpho.sol';
const source = fs.readFileSync(path.join(modules, name), 'utf8').replace('pragma solidity 0.8.19;', 'pragma solidity ^0.8.19;');
write(
  process.argv[2],
  compile({
    sources: { [name]: source },
    modules: [modules],
    settings: { optimizer: { enabled: true, runs: 200 }, viaIR: true, evmVersion: 'cancun' },
  }),
);
