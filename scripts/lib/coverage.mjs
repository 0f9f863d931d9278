import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What vitest writes of a package that is tested with `--coverage`. */
export const SUMMARY = join('coverage', 'coverage-summary.json');

const KINDS = /** @type {const} */ (['lines', 'branches', 'functions']);

/** @typedef {{ total: number, covered: number }} Counts */
/** @typedef {Record<(typeof KINDS)[number], Counts>} Covered */

/**
 * A table in Markdown: a line a package, and all of them together.
 *
 * @param {readonly { name: string, folder: string }[]} packages those without a summary are not in it
 */
export function coverageTable(packages) {
  const found = packages.flatMap(({ name, folder }) => {
    const file = join(folder, SUMMARY);
    if (!existsSync(file)) return [];
    const { total } = /** @type {{ total: Covered }} */ (JSON.parse(readFileSync(file, 'utf8')));
    return [{ name, covered: total }];
  });
  if (found.length === 0)
    throw new Error('No package left a summary of its coverage: see what was said above.');
  const rows = [...found, { name: '**all**', covered: sum(found.map(({ covered }) => covered)) }];
  return [
    `| package | ${KINDS.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(KINDS.length)}`,
    ...rows.map(
      ({ name, covered }) => `| ${name} | ${KINDS.map((kind) => percent(covered[kind])).join(' | ')} |`,
    ),
  ].join('\n');
}

/** @param {readonly Covered[]} all @returns {Covered} */
function sum(all) {
  const of = (/** @type {(typeof KINDS)[number]} */ kind) => ({
    total: all.reduce((total, each) => total + each[kind].total, 0),
    covered: all.reduce((total, each) => total + each[kind].covered, 0),
  });
  return { lines: of('lines'), branches: of('branches'), functions: of('functions') };
}

/** @param {Counts} counts */
function percent({ total, covered }) {
  return total === 0 ? '' : `${((100 * covered) / total).toFixed(1)} %`;
}
