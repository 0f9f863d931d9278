/**
 * Checks what the documents say of each other: `pnpm lint:docs`. Every link leads to a file, and to a heading of it;
 * docs/glossary.md defines each term once, and every state of a move; every decision has a number of its own; every
 * `pnpm NAME` that is shown is a script; every message that the runbook quotes stands in the sources. (A test of
 * @vatevo/ops asks the commands for the options that are shown.)
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { main } from './lib/main.mjs';
import { root } from './lib/workspace.mjs';
import { readMap } from './lib/written-map.mjs';

const GLOSSARY = 'docs/glossary.md';
const DECISIONS = 'docs/decisions';
const RUNBOOK = 'docs/runbook.md';
const STATES = 'packages/cutover-state/src/states.ts';

/** @param {string} folder below the root */
function pagesIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(folder, entry.name));
}

/** @param {string} file */
const text = (file) => readFileSync(join(root, file), 'utf8');
/** Code is no link. @param {string} page */
const prose = (page) =>
  page.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]+`/g, (code) => ' '.repeat(code.length));

/** Anchors of the headings, as GitHub makes them. @param {string} file @returns {Set<string>} */
function anchorsOf(file) {
  const headings = text(file)
    .replaceAll(/^```.*?^```$/gms, '')
    .matchAll(/^#+ +(.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** @param {string} page @returns {string[]} */
function brokenLinks(page) {
  return [
    ...prose(text(page)).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)|(?:src|srcset)="(?!https?:)([^"]+)"/g),
  ].flatMap((found) => {
    const [path = '', anchor] = (found[1] ?? found[2] ?? '').split('#');
    const target = path === '' ? page : relative(root, join(root, dirname(page), path));
    if (!existsSync(join(root, target))) return [`${page}: the link to ${path} leads nowhere.`];
    if (anchor === undefined || anchorsOf(target).has(anchor)) return [];
    return [`${page}: ${target} has no heading #${anchor}.`];
  });
}

/** What pnpm and npm do themselves. */
const BUILT_IN = new Set(['install', 'exec', 'deploy', 'run', 'audit']);

/** @param {string} page @returns {string[]} */
function unknownScripts(page) {
  const { scripts } = JSON.parse(text('package.json'));
  const code = [...text(page).matchAll(/^```sh$(.*?)^```$|`([^`\n]+)`/gms)].map(
    (found) => found[1] ?? found[2] ?? '',
  );
  const names = code.flatMap((shown) =>
    [...shown.matchAll(/(?:^|[\n;&|] *)(?:pnpm|npm(?: run)?) ([a-z][a-z:-]*[a-z])(?![a-z:*-])/g)].map(
      ([, name = '']) => name,
    ),
  );
  return [...new Set(names)]
    .filter((name) => !Object.hasOwn(scripts, name) && !BUILT_IN.has(name))
    .map((name) => `${page}: there is no script "${name}" in package.json.`);
}

function faultsOfGlossary() {
  const terms = [...text(GLOSSARY).matchAll(/^- \*\*(.+?)\*\*: \S/gm)].map(([, term = '']) => term);
  const twice = terms.filter((term, i) => terms.indexOf(term) !== i);
  const states = [...text(STATES).matchAll(/^ {2}'?([a-z-]+)'?: '[a-z]+',$/gm)].map(
    ([, state = '']) => state,
  );
  if (states.length === 0) throw new Error(`${STATES} is not as this reads it: no state was found.`);
  return [
    ...twice.map((term) => `${GLOSSARY}: "${term}" is defined twice.`),
    ...[...new Set(states)]
      .filter((state) => !terms.includes(state))
      .map((state) => `${GLOSSARY}: the state "${state}" is not defined.`),
  ];
}

/** Decisions are quoted by their numbers: each has its own, which its heading repeats. */
function faultsOfDecisions() {
  const pages = pagesIn(DECISIONS).filter((page) => /\/\d{3}-/.test(page));
  return pages.flatMap((page, i) => {
    const number = page.slice(DECISIONS.length + 1, DECISIONS.length + 4);
    const heading = /^# (\d+)\. /.exec(text(page))?.[1];
    return [
      ...(pages.findIndex((other) => other.startsWith(`${DECISIONS}/${number}-`)) === i
        ? []
        : [`${page}: another decision has the number ${number}, too.`]),
      ...(heading?.padStart(3, '0') === number
        ? []
        : [`${page}: its heading does not begin with its number.`]),
    ];
  });
}

/** Messages beside an exit code, such as "exit 5, `was replaced`". */
function unknownMessages() {
  const sources = readMap().flatMap(({ folder }) =>
    readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.startsWith('generated'))
      .map((path) => text(join(folder, 'src', path))),
  );
  /** As it is quoted, or up to a value that the message is given. @param {string} quote */
  const isSaid = (quote) =>
    [...quote.matchAll(/ /g)]
      .map(({ index }) => `${quote.slice(0, index + 1)}\${`)
      .concat(quote)
      .some((said) => sources.some((source) => source.includes(said)));
  return [...text(RUNBOOK).matchAll(/^\| (?:exit \d|finish)[^|]*\|/gm)]
    .flatMap(([cell]) => [...cell.matchAll(/`([^`]+)`/g)])
    .flatMap(([, quote = '']) => quote.split('…').map((part) => part.trim()))
    .filter((part) => part.includes(' ') && !isSaid(part))
    .map((part) => `${RUNBOOK}: no command says "${part}".`);
}

await main(async () => {
  const folders = ['.', 'docs', 'docs/decisions', ...readMap().map(({ folder }) => folder)];
  const pages = folders.flatMap(pagesIn);
  const faults = [
    ...pages.flatMap((page) => [...brokenLinks(page), ...unknownScripts(page)]),
    ...faultsOfGlossary(),
    ...faultsOfDecisions(),
    ...unknownMessages(),
  ];
  for (const fault of faults) console.error(fault);
  if (faults.length === 0) console.log(`${pages.length} pages lead where they say.`);
  return faults.length === 0 ? 0 : 1;
});
