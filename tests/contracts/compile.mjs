// compile.mjs <out folder> <file.sol>...: one <Contract>.json for each contract, {"bytecode": "0x..", "runtime": "0x.."}.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const require = createRequire(import.meta.url);
const solc = require('solc');
const here = path.dirname(new URL(import.meta.url).pathname);
const [out, ...files] = process.argv.slice(2);
fs.mkdirSync(out, { recursive: true });

const input = {
  language: 'Solidity',
  sources: Object.fromEntries(files.map((file) => [path.basename(file), { content: fs.readFileSync(file, 'utf8') }])),
  settings: {
    optimizer: { enabled: true, runs: 200 },
    evmVersion: 'cancun',
    outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.deployedBytecode.object'] } },
  },
};
const output = JSON.parse(
  solc.compile(JSON.stringify(input), {
    import: (name) => {
      const file = path.join(here, 'node_modules', name);
      return fs.existsSync(file) ? { contents: fs.readFileSync(file, 'utf8') } : { error: `${name} is not installed` };
    },
  }),
);
const errors = (output.errors ?? []).filter((e) => e.severity === 'error');
for (const error of errors) console.error(error.formattedMessage);
if (errors.length > 0) process.exit(1);
for (const contracts of Object.values(output.contracts ?? {}))
  for (const [name, { evm }] of Object.entries(contracts))
    if (evm.bytecode.object !== '')
      fs.writeFileSync(
        path.join(out, `${name}.json`),
        JSON.stringify({ bytecode: `0x${evm.bytecode.object}`, runtime: `0x${evm.deployedBytecode.object}` }),
      );
fs.writeFileSync(path.join(out, 'compiled'), '');
