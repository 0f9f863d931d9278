/**
 * Checks under which licences the dependencies are: `pnpm lint:licences`. What is shipped may have fewer than what only
 * builds and tests it. A licence that is not known here is a fault, and so is none.
 */
import { spawnSync } from 'node:child_process';
import satisfies from 'spdx-satisfies';
import { main } from './lib/main.mjs';
import { withPnpm } from './lib/pnpm.mjs';
import { root } from './lib/workspace.mjs';

/** They ask for nothing but their own text, and the names of the authors. */
const SHIPPED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Unlicense',
];
/** Of programs that run here, and of which nothing goes out. */
const TOOLS = [...SHIPPED, 'CC-BY-3.0', 'CC-BY-4.0', 'CC0-1.0', 'EPL-2.0', 'MPL-2.0', 'Python-2.0'];
/** What the packages' own files say, where the name of the licence is none of SPDX. */
const READ_BY_HAND = new Map([
  ['nub', 'MIT'],
  ['@visx/vendor', 'MIT AND ISC'],
]);

/** @param {readonly string[]} args @returns {{ name: string, license: string }[]} */
function dependencies(args) {
  const listed = spawnSync('pnpm', ['licenses', 'list', '--recursive', '--json', ...args], {
    cwd: root,
    env: withPnpm(),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (listed.status !== 0) throw new Error(`pnpm licenses: ${listed.stderr || listed.error?.message}`);
  return Object.values(JSON.parse(listed.stdout)).flat();
}

/** @param {string} licence @param {readonly string[]} allowed */
function isAllowed(licence, allowed) {
  try {
    return satisfies(licence, [...allowed]);
  } catch {
    return false;
  }
}

await main(async () => {
  const all = dependencies([]);
  if (all.length === 0) throw new Error('pnpm names no dependency: that cannot be.');
  const faults = [
    ...dependencies(['--prod']).map((each) => ({ ...each, allowed: SHIPPED, what: 'shipped' })),
    ...all.map((each) => ({ ...each, allowed: TOOLS, what: 'used' })),
  ].flatMap(({ name, license, allowed, what }) =>
    isAllowed(READ_BY_HAND.get(name) ?? license, allowed)
      ? []
      : [
          `${name} is ${what} under "${license}", which is not allowed: read it, then enter it, or do without.`,
        ],
  );
  for (const fault of new Set(faults)) console.error(fault);
  if (faults.length === 0) console.log(`${all.length} dependencies have licences that are allowed.`);
  return faults.length === 0 ? 0 : 1;
});
