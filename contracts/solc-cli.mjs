#!/usr/bin/env node
// The solc of package-lock.json as the program that forge expects: --version, and --standard-json from standard input.
import { createRequire } from 'node:module';
import fs from 'node:fs';

const solc = createRequire(import.meta.url)('solc');
const find = (name) =>
  fs.existsSync(name) ? { contents: fs.readFileSync(name, 'utf8') } : { error: `${name} is not there` };

if (process.argv.includes('--standard-json')) {
  process.stdout.write(solc.compile(fs.readFileSync(0, 'utf8'), { import: find }));
} else {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
}
