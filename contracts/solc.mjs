// Compiles Solidity with the solc of package-lock.json. Errors, and where asked warnings outside of npm packages, end the process.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const solc = createRequire(import.meta.url)('solc');

// {<name relative to root>: <text>} of the files.
export function read(root, files) {
  return Object.fromEntries(files.map((file) => [path.relative(root, path.resolve(root, file)), fs.readFileSync(path.resolve(root, file), 'utf8')]));
}

// sources: {<name>: <text>}. modules: folders in which imports that are not among them are looked for.
// Answers {<Contract>: {bytecode: "0x..", runtime: "0x.."}} of the contracts in them that have code.
export function compile({ sources, modules = [], settings, warningsAreErrors = false }) {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }])),
    settings: {
      ...settings,
      outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  };
  const find = (name) => {
    const file = modules.map((folder) => path.join(folder, name)).find((candidate) => fs.existsSync(candidate));
    return file ? { contents: fs.readFileSync(file, 'utf8') } : { error: `${name} is not installed` };
  };
  const { errors = [], contracts = {} } = JSON.parse(solc.compile(JSON.stringify(input), { import: find }));
  const refused = errors.filter(
    ({ severity, sourceLocation }) =>
      severity === 'error' || (warningsAreErrors && severity === 'warning' && !sourceLocation?.file.startsWith('@')),
  );
  for (const { formattedMessage } of refused) console.error(formattedMessage);
  if (refused.length > 0) process.exit(1);
  return Object.fromEntries(
    Object.entries(contracts)
      .filter(([file]) => file in sources)
      .flatMap(([, file]) => Object.entries(file))
      .filter(([, { evm }]) => evm.bytecode.object !== '')
      .map(([name, { evm }]) => [
        name,
        { bytecode: `0x${evm.bytecode.object}`, runtime: `0x${evm.deployedBytecode.object}` },
      ]),
  );
}

// One <Contract>.json for each.
export function write(folder, contracts) {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, contract] of Object.entries(contracts))
    fs.writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(contract));
}
