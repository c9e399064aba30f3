// compile.mjs <out folder>: compiles the executor's two builds into <Contract>.json (for forge) and executor_code.cpp (for the
// program). settings.json and the pinned solc make the bytecode the same everywhere.
import fs from 'node:fs';
import path from 'node:path';
import { compile } from './solc.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const out = process.argv[2];
const settings = JSON.parse(fs.readFileSync(path.join(here, 'settings.json'), 'utf8'));
const builds = { Executor: 'cancun', ExecutorLegacy: 'istanbul' };
fs.mkdirSync(out, { recursive: true });

const base = fs.readdirSync(path.join(here, 'src')).filter((name) => !(path.basename(name, '.sol') in builds));
const arrays = [];
for (const [name, evmVersion] of Object.entries(builds)) {
  const { evm } = compile({
    files: [...base, `${name}.sol`].map((file) => path.join(here, 'src', file)),
    root: here,
    settings: { ...settings, evmVersion },
    warningsAreErrors: true,
  })[`src/${name}.sol`][name];
  const creation = evm.bytecode.object;
  fs.writeFileSync(
    path.join(out, `${name}.json`),
    JSON.stringify({ bytecode: `0x${creation}`, runtime: `0x${evm.deployedBytecode.object}` }),
  );
  const bytes = creation.match(/../g).map((byte) => `0x${byte}`);
  const lines = Array.from({ length: Math.ceil(bytes.length / 20) }, (_, i) => bytes.slice(20 * i, 20 * i + 20).join(','));
  arrays.push([evmVersion, `constexpr uint8_t ${evmVersion}_code[] = {\n${lines.join(',\n')}};\n`]);
}

fs.writeFileSync(
  path.join(out, 'executor_code.cpp'),
  `// Written by contracts/compile.mjs.
#include "strategy/executor_code.hpp"

namespace osprey::strategy {

namespace {

${arrays.map(([, text]) => text).join('\n')}
}  // namespace

BytesView executor_creation_code(bool transient) {
    return transient ? BytesView{cancun_code} : BytesView{istanbul_code};
}

}  // namespace osprey::strategy
`,
);
