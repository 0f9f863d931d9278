import type { SqliteTable } from '@vatevo/transfer';
import { bookkeepingTool, namingTable, pairByName, type TargetTable } from '@vatevo/transfer/plan';
import type { Decided } from '../mapping/mapping-file.ts';

/** A name that is written in another way in the target: `UserAccounts` is `user_accounts` there. */
export interface Renamed {
  /** `table`, or `table.column`, of the source. */
  readonly from: string;
  readonly to: string;
}

export interface Names {
  readonly decides: Decided;
  readonly renamed: readonly Renamed[];
}

interface Pair {
  readonly source: string;
  readonly target: string;
}

/**
 * Finds the names that are the same word in another spelling, in one way only: what several could be meant by is for
 * a person to say.
 *
 * @param known what is decided already
 */
export function matchNames(
  sources: readonly SqliteTable[],
  targets: readonly TargetTable[],
  known: Decided,
): Names {
  const { leaveBehind = [] } = known.decisions ?? {};
  const ignored = new Set(known.ignoreTarget);
  const readable = sources.filter(
    ({ name, virtual }) => !virtual && namingTable(leaveBehind, name).length === 0,
  );
  const wanted = targets.filter(({ name }) => !ignored.has(name));
  const found = pairByName(
    wanted.map(({ name }) => known.tables?.[name]?.source ?? name),
    readable,
  );
  const same = wanted.flatMap(({ name }, i) => {
    const source = found[i];
    return source === undefined ? [] : [{ source: source.name, target: name }];
  });
  const respelt = pairSpellings(
    readable
      .filter((table) => !same.some(({ source }) => source === table.name))
      .filter((table) => bookkeepingTool(table) === undefined)
      .map(({ name }) => name),
    wanted.map(({ name }) => name).filter((name) => !same.some(({ target }) => target === name)),
  );
  const tables: NonNullable<Decided['tables']> = {};
  const renamed: Renamed[] = respelt.map(({ source, target }) => ({ from: source, to: target }));
  for (const { source, target } of respelt) tables[target] = { source };
  for (const { source, target } of [...same, ...respelt]) {
    const columns = matchColumns(
      readable.find(({ name }) => name === source)?.columns.map(({ name }) => name) ?? [],
      wanted.find(({ name }) => name === target)?.columns.map(({ name }) => name) ?? [],
      known.tables?.[target]?.columns ?? {},
    );
    if (columns.length === 0) continue;
    tables[target] = {
      ...tables[target],
      columns: Object.fromEntries(columns.map((column) => [column.target, { from: column.source }])),
    };
    renamed.push(
      ...columns.map((column) => ({ from: `${source}.${column.source}`, to: `${target}.${column.target}` })),
    );
  }
  return { decides: Object.keys(tables).length > 0 ? { tables } : {}, renamed };
}

function matchColumns(
  sources: readonly string[],
  targets: readonly string[],
  known: NonNullable<NonNullable<Decided['tables']>[string]['columns']>,
): Pair[] {
  const names = targets.map((target) => known[target]?.from ?? target);
  const found = pairByName(
    names,
    sources.map((name) => ({ name })),
  );
  const taken = new Set(found.map((column) => column?.name));
  return pairSpellings(
    sources.filter((source) => !taken.has(source)),
    targets.filter((target, i) => found[i] === undefined && known[target] === undefined),
  );
}

/** The spellings of a word, from the closest on: without what parts its syllables, and in the singular. */
const SPELLINGS: readonly ((name: string) => string)[] = [
  (name) => name.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase(),
  (name) =>
    name
      .replace(/[^\p{L}\p{N}]/gu, '')
      .toLowerCase()
      .replace(/ies$/, 'y')
      .replace(/s$/, ''),
];

function pairSpellings(sources: readonly string[], targets: readonly string[]): Pair[] {
  const pairs: Pair[] = [];
  for (const spell of SPELLINGS) {
    const left = sources.filter((source) => !pairs.some((pair) => pair.source === source));
    const open = targets.filter((target) => !pairs.some((pair) => pair.target === target));
    for (const target of open) {
      const alike = left.filter((source) => spell(source) === spell(target));
      const rivals = open.filter((other) => spell(other) === spell(target));
      const [source] = alike;
      if (source !== undefined && alike.length === 1 && rivals.length === 1) pairs.push({ source, target });
    }
  }
  return pairs;
}
