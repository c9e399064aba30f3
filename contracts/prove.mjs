#!/usr/bin/env node
// prove.mjs [--faults] [Model...]: proves every assertion of proofs/*.sol with solc's model checker: its CHC engine makes Horn clauses
// of the contract, z3 (Spacer) solves them. Ends with status 0 only if all are proved and solc left nothing out. With --faults, each
// of the faults below must make a proof fail.
import { createRequire } from 'node:module';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { read } from './solc.mjs';

const require = createRequire(import.meta.url);
const solc = require('solc');
const { smtCallback } = require('solc/smtchecker');
const here = path.dirname(new URL(import.meta.url).pathname);

const SECONDS_A_QUERY = 600;
// As solc's own wrapper calls z3.
const Z3 = ['-smt2', 'fp.spacer.q3.use_qgen=true', 'fp.spacer.mbqi=false', 'fp.spacer.ground_pobs=false', 'rewriter.pull_cheap_ite=true'];

// [what is broken, model, file, text, its replacement]
const FAULTS = [
  ['pause() in a run', 'RolesModel', 'src/Roles.sol', 'function pause() external whenIdle {', 'function pause() external {'],
  ['setOperator() in a run', 'RolesModel', 'src/Roles.sol', 'external onlyOwner whenIdle {\n        operator', 'external onlyOwner {\n        operator'],
  ['anybody is operator', 'RolesModel', 'src/Roles.sol', 'if (msg.sender != operator) revert', 'if (false) revert'],
  ['run() in a run', 'RolesModel', 'src/Guard.sol', 'if (_guard() > IDLE) revert Busy();\n        _setGuard', '_setGuard'],
  ['runs while paused', 'RolesModel', 'src/Roles.sol', 'if (paused) revert', 'if (false) revert'],
  ['a callback stays due', 'CallbackModel', 'src/Guard.sol', 'revert UnexpectedCallback();\n        _setGuard(RUNNING);', 'revert UnexpectedCallback();'],
  ['any callback is taken', 'CallbackModel', 'src/Guard.sol', 'if (callback != due) revert', 'if (false) revert'],
  ['callbacks outside of a run', 'CallbackModel', 'src/Guard.sol', 'if (due <= RUNNING) revert', 'if (false) revert'],
  ['a callback may be missing', 'CallbackModel', 'src/Guard.sol', 'if (_guard() != RUNNING) revert', 'if (false) revert'],
  ['any payment', 'BoundsModel', 'src/Bounds.sol', 'uint256(owed) > most', 'false'],
  ['any fee', 'BoundsModel', 'src/Bounds.sol', 'if (fee > amount / 64) revert', 'if (false) revert'],
];

function z3(query) {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'prove-')), 'query.smt2');
  try {
    fs.writeFileSync(file, query);
    const { stdout, error } = spawnSync('z3', [...Z3, `-T:${SECONDS_A_QUERY}`, file], { encoding: 'utf8', maxBuffer: 1 << 30 });
    if (error) throw new Error(`z3 cannot be run: ${error.message}`);
    return stdout;
  } finally {
    fs.rmSync(path.dirname(file), { recursive: true });
  }
}

// The checker does not know custom errors: why a function reverts is left out, that it reverts is not.
const plain = (text) => text.replace(/revert \w+\([^)]*\);/g, 'revert();');

function sources(fault) {
  const files = ['src', 'proofs'].flatMap((folder) => fs.readdirSync(path.join(here, folder)).map((file) => `${folder}/${file}`));
  const texts = read(here, files);
  if (fault) {
    const [what, , file, from, to] = fault;
    if (texts[file].split(from).length !== 2) throw new Error(`fault "${what}": its text is not once in ${file}`);
    texts[file] = texts[file].replace(from, to);
  }
  return texts;
}

// {proved: [<line>], failed: [<message>]}
function check(model, fault) {
  const file = `proofs/${model}.sol`;
  const texts = sources(fault);
  const needed = (name, found = new Set()) => {
    if (!found.has(name)) {
      found.add(name);
      for (const [, other] of texts[name].matchAll(/from "([^"]+)"/g)) needed(path.join(path.dirname(name), other), found);
    }
    return found;
  };
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries([...needed(file)].map((name) => [name, { content: plain(texts[name]) }])),
    settings: {
      evmVersion: 'cancun',
      modelChecker: {
        engine: 'chc',
        solvers: ['smtlib2'],
        targets: ['assert'],
        contracts: { [file]: [model] },
        showProvedSafe: true,
        showUnproved: true,
        showUnsupported: true,
      },
      outputSelection: { '*': { '*': [] } },
    },
  };
  const { errors } = JSON.parse(solc.compile(JSON.stringify(input), { smtSolver: smtCallback(z3) }));
  const safe = ({ message }) => message === 'CHC: Assertion violation check is safe!';
  const lineOf = ({ sourceLocation: { file: name, start } }) => texts[name] && plain(texts[name]).slice(start).split('\n')[0].trim();
  const proved = errors.filter(safe).map(lineOf);
  const failed = errors.filter((e) => !safe(e)).map((e) => e.formattedMessage.trim());
  const stated = texts[file].match(/assert\(/g).length;
  if (proved.length !== stated && failed.length === 0) failed.push(`${stated} assertions are stated, ${proved.length} proved`);
  return { proved, failed };
}

const args = process.argv.slice(2);
const faults = args[0] === '--faults';
const models = fs.readdirSync(path.join(here, 'proofs')).map((file) => path.basename(file, '.sol'));
const chosen = args.slice(faults ? 1 : 0);
const wanted = (model) => chosen.length === 0 || chosen.includes(model);
let bad = chosen.some((model) => !models.includes(model));
if (bad) console.error(`no such model; there are ${models.join(', ')}`);

if (faults) {
  for (const fault of FAULTS.filter(([, model]) => wanted(model))) {
    const [what, model] = fault;
    const { failed } = check(model, fault);
    console.log(`${failed.length > 0 ? 'noticed' : 'NOT NOTICED'}: ${what} (${model})`);
    bad ||= failed.length === 0;
  }
} else {
  for (const model of models.filter(wanted)) {
    const { proved, failed } = check(model);
    console.log(`${model}: ${proved.length} proved${failed.length > 0 ? ', not all' : ''}`);
    for (const line of proved) console.log(`  ${line}`);
    for (const message of failed) console.error(message);
    bad ||= failed.length > 0;
  }
}
process.exit(bad ? 1 : 0);
