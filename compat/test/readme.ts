import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Proposal } from './move.ts';

/** The mover's README has a line for each ORM: which version was tried, and what was proposed for its file. */
export function expectInReadme(name: string, version: string, proposal: Proposal): void {
  const readme = readFileSync(new URL('../../packages/mover/README.md', import.meta.url), 'utf8');
  const lines = readme.split('\n').filter((line) => line.startsWith(`| ${name} | `));
  expect(lines).toEqual([`| ${name} | ${version} | ${proposedIn(proposal)} |`]);
}

/** Of an npm package, as it is installed. @param by the folder of the package that has it, from here */
export function versionOf(name: string, by = '.'): string {
  const file = new URL(`../${by}/node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function proposedIn({ tables = {}, decisions: { columns = {} } = {} }: Proposal): string {
  const decided = Object.values(columns).flatMap((decision) =>
    Object.entries(decision).map(([kind, value]) => `${kind} \`${value}\``),
  );
  const seeded = Object.values(tables).flatMap(({ seeded: becomes }) =>
    becomes === undefined ? [] : [`seeded \`${becomes}\``],
  );
  return [...new Set([...decided, ...seeded])].toSorted().join(', ') || 'nothing to be decided';
}
