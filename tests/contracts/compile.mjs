// compile.mjs <out folder> <file.sol>...: one <Contract>.json for each contract, {"bytecode": "0x..", "runtime": "0x.."}.
import fs from 'node:fs';
import path from 'node:path';
import { compile, read, write } from '../../contracts/solc.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const [out, ...files] = process.argv.slice(2);

function build(of, evmVersion) {
  write(
    out,
    compile({
      sources: read(here, of),
      modules: [path.join(here, '../../protocols/node_modules')],
      settings: { optimizer: { enabled: true, runs: 200 }, evmVersion },
    }),
  );
}

build(files, 'cancun');
// The plain token also stands on blocks of before Cancun.
build(files.filter((file) => path.basename(file) === 'Token.sol'), 'istanbul');
fs.writeFileSync(path.join(out, 'compiled'), '');
