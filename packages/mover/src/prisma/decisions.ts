import type { SchemaFile } from '@vatevo/schema-engine/schema-text';
import { CommandError, ExitCode, formatCount } from '@vatevo/shell';
import { option } from '../transfer/next.ts';
import type { Unknown } from './compare-file.ts';
import { openDefaults } from './derive-postgres.ts';
import type { Misfit } from './native-types.ts';

/** @throws CommandError that names what the file has and the schema has not, and of which nobody has said that it stays */
export function refuseUnknown(
  source: string,
  unknown: readonly Unknown[],
  leaveBehind: readonly string[],
): void {
  const open = unknown.filter(({ name }) => !leaveBehind.includes(name));
  if (open.length === 0) return;
  const several = open.length === 1 ? 'something' : `${formatCount(open.length)} things`;
  const waivers = [...new Set(open.map(({ name }) => option('leave-behind', name)))];
  throw new CommandError(
    ExitCode.sourceRefused,
    `${source} has ${several} that no Prisma schema makes, and that PostgreSQL would not get; nothing was moved.`,
    {
      remedy: [
        ...open.map(({ kind, name, sql }) => `${kind} ${name}: ${sql.replaceAll(/\s+/g, ' ')}`),
        `Say that it stays behind: ${waivers.join(' ')}. What PostgreSQL is to have instead can be appended to the baseline.`,
      ],
    },
  );
}

/** @throws CommandError that names what only a person can write into the schema of PostgreSQL */
export function refuseUndecided(
  out: string,
  sqlite: readonly SchemaFile[],
  postgres: readonly SchemaFile[],
  misfits: readonly Misfit[],
): void {
  const remedy = [
    ...misfits.map(
      ({ model, field, place, why }) =>
        `${model}.${field} (${place}): ${why}: make it a BigInt there, which the client reads as bigint, or fix the values.`,
    ),
    ...openDefaults(sqlite, postgres).map(
      ({ model, field, expression }) =>
        `${model}.${field}: the default ${expression} is in SQLite's words: write PostgreSQL's there, as PostgreSQL prints them (in one more pair of brackets, where they are the same).`,
    ),
  ];
  if (remedy.length === 0) return;
  throw new CommandError(
    ExitCode.sourceRefused,
    `PostgreSQL's schema in ${out} takes a decision before anything is moved.`,
    { remedy: [...remedy, 'Then run the same command again.'] },
  );
}
