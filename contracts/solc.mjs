// Compiles Solidity with the solc of package-lock.json. Errors, and warnings where asked, end the process.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const solc = createRequire(import.meta.url)('solc');

// files: Solidity files; their names relative to `root` are what solc calls them. modules: folders in which imports of packages are looked for.
// Answers solc's contracts: {<source name>: {<Contract>: {evm: {bytecode, deployedBytecode}}}}.
export function compile({ files, root, modules = [], settings, warningsAreErrors = false }) {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(
      files.map((file) => [path.relative(root, path.resolve(file)), { content: fs.readFileSync(file, 'utf8') }]),
    ),
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
  const refused = errors.filter(({ severity }) => severity === 'error' || (warningsAreErrors && severity === 'warning'));
  for (const { formattedMessage } of refused) console.error(formattedMessage);
  if (refused.length > 0) process.exit(1);
  return contracts;
}
