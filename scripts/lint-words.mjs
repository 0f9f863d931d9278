/**
 * Finds words that have been replaced, and what is written out that has a name: `pnpm lint:words`. And subjects of
 * commits that are longer than a line.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @type {readonly { found: RegExp, instead: string, but?: RegExp, only?: RegExp }[]} */
const RETIRED = [
  { found: /\bin[- ]?charge\b/i, instead: 'the primary' },
  { found: /\bmayGo\b/, instead: 'canTransition' },
  { found: /\bharness/i, instead: 'loaders, a run, or what it is' },
  {
    found: /pg_try_advisory_lock/,
    instead: 'takeAdvisoryLock of @vatevo/connection',
    only: /\/src\//,
    but: /^packages\/connection\//,
  },
  {
    found: new RegExp(`'(${knownSqlStates().join('|')})'`),
    instead: 'isSqlState of @vatevo/connection, with the name of the SQLSTATE',
    only: /\/src\/.*\.ts$/,
    but: /^packages\/connection\/src\/sqlstate\.ts$/,
  },
];

const SKIPPED = new Set([
  'node_modules',
  'dist',
  'generated',
  '.turbo',
  'fixtures',
  'snapshots',
  'migrations',
]);
const READ = /\.(ts|mts|mjs|md|ya?ml|json)$/;
const MAX_SUBJECT = 72;

function knownSqlStates() {
  const table = readFileSync(`${root}packages/connection/src/sqlstate.ts`, 'utf8');
  return [...table.matchAll(/^ {2}\w+: '([0-9A-Z]{5})',$/gm)].map(([, code]) => code);
}

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  return readdirSync(`${root}${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesIn(`${path}/`);
    return READ.test(path) ? [path] : [];
  });
}

/** @param {string} path @returns {string[]} */
function faultsIn(path) {
  const rules = RETIRED.filter(({ only, but }) => (!only || only.test(path)) && !but?.test(path));
  if (rules.length === 0) return [];
  return readFileSync(`${root}${path}`, 'utf8')
    .split('\n')
    .flatMap((line, i) =>
      rules.flatMap(({ found, instead }) => {
        const [word] = found.exec(line) ?? [];
        return word === undefined ? [] : [`${path}:${i + 1}: "${word}" was replaced: ${instead}`];
      }),
    );
}

/** Of the last commits; none where there is no history, as in an archive. */
function longSubjects() {
  const { stdout } = spawnSync('git', ['log', '-20', '--no-merges', '--format=%h %s'], {
    cwd: root,
    encoding: 'utf8',
  });
  return (stdout ?? '')
    .split('\n')
    .filter((line) => line.length - line.indexOf(' ') - 1 > MAX_SUBJECT)
    .map((line) => `commit ${line}: a subject has at most ${MAX_SUBJECT} characters`);
}

const folders = ['packages/', 'apps/', 'ops/', 'bench/', 'docs/', 'scripts/'];
const files = [...folders.flatMap(filesIn), 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
const faults = [
  ...files.filter((path) => path !== 'scripts/lint-words.mjs').flatMap(faultsIn),
  ...longSubjects(),
];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`${files.length} files hold no word that was replaced.`);
