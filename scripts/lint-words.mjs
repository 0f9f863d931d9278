/**
 * Finds words that have been replaced, and what is written out that has a name: `pnpm lint:words`. And commits
 * whose subject is longer than a line, or that do not say why.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What moves data, and says so. */
const MOVES = /^(packages\/(transfer|cutover|cutover-state|mover)|bench|docs)\//;

/**
 * In lines and in names of files. What stands in databases and reports that exist keeps its form: tables and states of
 * the ledgers (`put_aside`, `settling`, and those of packages/cutover-state/src/states.ts).
 *
 * @type {readonly { found: RegExp, instead: string, but?: RegExp, only?: RegExp }[]}
 */
const RETIRED = [
  { found: /\bin[- ]?charge\b/i, instead: 'the primary' },
  { found: /\bmayGo\b/, instead: 'canTransition' },
  {
    found: /\b(left|returned|claimed)['"]/,
    instead: 'handed-over, failed-back, reserved',
    only: /^packages\/(cutover|cutover-state|mover)\/src\//,
    but: /\/states\.ts$/,
  },
  { found: /\bway[- ](back|there)\b|\bwayBack|WayBack|there and back/i, instead: 'failback, forward' },
  { found: /\/(there|back)\//, instead: 'forward/, failback/', only: MOVES },
  { found: /\bbring-?up\b|\bbr(ings?|ought) (it |PostgreSQL )?up (to|any)/i, instead: 'synchronize' },
  { found: /\bpast[- ](the[- ])?triggers\b|pastTriggers/i, instead: 'untracked changes' },
  { found: /\bput(ting)?[- ]aside\b|putAside/i, instead: 'deferred (rows are set aside)' },
  { found: /'settle'|\bsettle\.ts|copy, settle/i, instead: 'finalize', only: MOVES },
  { found: /\ble(ft|ave|aving)-out\b|leftOut|leav(e|ing)Out|\brows? (are )?left out/i, instead: 'excluded' },
  { found: /\bcarr(y|ies|ied|ying)[- ]on\b|carr(y|ied)On\b/i, instead: 'resume' },
  {
    found: /\bgiven-out\b|givenOut|\bids? (that )?(was|were|is|are) given out/i,
    instead: 'high-water mark, assigned',
  },
  { found: /\bforeign[- ]rows\b|foreignRows/i, instead: 'unexpected rows' },
  { found: /\b(im)?patien(t|ce|tly)\b/i, instead: 'retry while busy, or the time-out that it is' },
  { found: /\breached[- ]?source\b|\breachSource/i, instead: 'ReadableSource, a readable copy' },
  { found: /while-?server-?answers/i, instead: 'heartbeat' },
  { found: /\bturnstile/i, instead: 'connection mutex' },
  { found: /\bdoors?\b/i, instead: 'scope, interface, or what it is', only: /\/src\/|\.md$/ },
  { found: /\bleash\b/i, instead: 'parent watch' },
  { found: /\b(MOST|LEAST)_[A-Z]|\b(most|least)[A-Z]\w/, instead: 'MAX_, MIN_, max, min' },
  { found: /\bjudg(es?|ed|ing|e?ment)\b/i, instead: 'validate, evaluate, check, compare' },
  { found: /\bmend(s|ed|ing)?\b/i, instead: 'fix' },
  { found: /\b(beg(in|ins|un)|starts?) anew\b/i, instead: 'start over' },
  { found: /\bharness/i, instead: 'loaders, a run, or what it is' },
  { found: /\barenas?\b|\bcontestants?\b|\bstandings\b/i, instead: 'testbed, loaders, results' },
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

/** What is made, and what is stored as it was. */
const SKIPPED = new Set([
  'node_modules',
  'dist',
  'generated',
  '.turbo',
  'coverage',
  'test-results.json',
  'fixtures',
  'snapshots',
  'migrations',
]);
const READ = /\.(ts|mts|mjs|js|md|ya?ml|json|sh|prisma)$/;
/** Decisions say what was once called otherwise, and are not written anew. */
const KEPT =
  /^scripts\/lint-words\.mjs$|^packages\/cutover\/test\/(stored|earlier-release)\/|^docs\/decisions\//;
const MAX_SUBJECT = 72;

function knownSqlStates() {
  const table = readFileSync(`${root}packages/connection/src/sqlstate.ts`, 'utf8');
  return [...table.matchAll(/^ {2}\w+: '([0-9A-Z]{5})',$/gm)].map(([, code]) => code);
}

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  return readdirSync(`${root}${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (SKIPPED.has(entry.name)) return [];
    if (entry.isDirectory()) return filesIn(`${path}/`);
    return READ.test(path) ? [path] : [];
  });
}

/** @param {string} path @returns {string[]} */
function faultsIn(path) {
  const rules = RETIRED.filter(({ only, but }) => (!only || only.test(path)) && !but?.test(path));
  /** @param {string} text @param {string} place */
  const find = (text, place) =>
    rules.flatMap(({ found, instead }) => {
      const [word] = found.exec(text) ?? [];
      return word === undefined ? [] : [`${place}: "${word}" was replaced: ${instead}`];
    });
  const lines = readFileSync(`${root}${path}`, 'utf8').split('\n');
  return [...find(path, path), ...lines.flatMap((line, i) => find(line, `${path}:${i + 1}`))];
}

/** Of the last commits; none where there is no history, as in an archive. */
function faultsOfCommits() {
  const { stdout } = spawnSync('git', ['log', '-20', '--no-merges', '-z', '--format=%h%n%s%n%b'], {
    cwd: root,
    encoding: 'utf8',
  });
  return (stdout ?? '')
    .split('\0')
    .filter((commit) => commit !== '')
    .flatMap((commit) => {
      const [hash, subject = '', ...body] = commit.split('\n');
      return [
        ...(subject.length > MAX_SUBJECT ? [`a subject has at most ${MAX_SUBJECT} characters`] : []),
        ...(body.join('').trim() === '' ? ['a body says why'] : []),
      ].map((fault) => `commit ${hash} ${subject}: ${fault}`);
    });
}

const folders = [
  'packages/',
  'apps/',
  'ops/',
  'bench/',
  'compat/',
  'docs/',
  'scripts/',
  '.github/',
  '.devcontainer/',
];
const files = [...folders.flatMap(filesIn), 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
const faults = [...files.filter((path) => !KEPT.test(path)).flatMap(faultsIn), ...faultsOfCommits()];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`${files.length} files hold no word that was replaced.`);
