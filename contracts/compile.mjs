// compile.mjs <out folder>: compiles the executor's two builds into <Contract>.json (for forge) and executor_code.cpp (for the
// program). settings.json and the pinned solc make the bytecode the same everywhere.
import fs from 'node:fs';
import path from 'node:path';
import { compile, read, write } from './solc.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const out = process.argv[2];
const settings = JSON.parse(fs.readFileSync(path.join(here, 'settings.json'), 'utf8'));
const builds = { Executor: 'cancun', ExecutorLegacy: 'istanbul' };

const isBuild = (file) => path.basename(file, '.sol') in builds;
const base = fs.readdirSync(path.join(here, 'src')).filter((file) => !isBuild(file));
const arrays = Object.entries(builds).map(([name, evmVersion]) => {
  const files = [...base, `${name}.sol`].map((file) => path.join('src', file));
  const contracts = compile({
    sources: read(here, files),
    settings: { ...settings, evmVersion },
    warningsAreErrors: true,
  });
  write(out, { [name]: contracts[name] });
  const bytes = contracts[name].bytecode.match(/[0-9a-f]{2}/g).map((byte) => `0x${byte}`);
  const lines = Array.from({ length: Math.ceil(bytes.length / 20) }, (_, i) => bytes.slice(20 * i, 20 * i + 20).join(','));
  return `constexpr uint8_t ${evmVersion}_code[] = {\n${lines.join(',\n')}};\n`;
});

fs.writeFileSync(
  path.join(out, 'executor_code.cpp'),
  `// Written by contracts/compile.mjs.
#include "strategy/executor_code.hpp"

namespace osprey::strategy {

namespace {

${arrays.join('\n')}
}  // namespace

BytesView executor_creation_code(bool transient) {
    return transient ? BytesView{cancun_code} : BytesView{istanbul_code};
}

}  // namespace osprey::strategy
`,
);
