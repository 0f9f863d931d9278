import { identityOf } from '../plan/identity.ts';
import type { PackedDigests } from '../plan/rows.ts';
import { isCutByKey, type TablePlan, type TransferPlan } from '../plan/types.ts';
import { type OnProgress, ProgressMeter } from '../progress.ts';
import type {
  PlannedTable,
  ReadBudget,
  RowRange,
  RowsRead,
  SourceReader,
  SourceView,
} from '../source/source.ts';
import { restOf, steps } from '../source/steps.ts';
import type { Digests, Key } from '../target/target.ts';
import type { Rowid } from './checksum.ts';
import { type Difference, differencesOfRow } from './differences.ts';
import { readLoggedKeys } from './logged-keys.ts';
import { unequalPacked } from './packed-digests.ts';

/** Rowids that are read at once of a table in whose rows the rowid does not stand. */
const ROWIDS_A_STEP = 1_000n;
/** Keys that the target is asked for at once. */
const KEYS_AT_ONCE = 1_000;
/** Lines of the log whose rows are compared at once, and the same where so many are left: see applying. */
const LINES = 500n;
const FAR = 5_000n;
/** What one read of these rows may cost, as when they are applied: it finds the rows of all lines first. */
const BUDGET: ReadBudget = { ms: 20, bytes: 4 << 20 };
/** Keys that are remembered at a time. */
const MAX_KNOWN = 200_000;
/** Rows whose values are shown. */
export const MAX_SHOWN = 100;
const ROWIDS_AT_ONCE = 200;

/** Rows that were compared, and those that differ. */
export interface Comparison {
  readonly rows: number;
  readonly differing: readonly DifferingRow[];
}

export interface DifferingRow {
  readonly table: TablePlan;
  readonly key: Key;
}

/**
 * Of rows that seem to differ, those that nobody has changed since the two were made equal. Asked once, when all were
 * compared: it reads the whole log.
 */
export type Unchanged = (
  reader: SourceReader,
  rows: readonly DifferingRow[],
) => Promise<readonly DifferingRow[]>;

/**
 * Compares every row of a file with the target's. One of the two stands still meanwhile; rows of the other
 * that change are not compared: they are left to {@link compareChanges}.
 */
export async function compareAll(
  view: SourceView,
  digests: Digests,
  tables: readonly PlannedTable[],
  unchanged: Unchanged,
  onProgress: OnProgress | undefined,
): Promise<Comparison> {
  const totalRows = tables.reduce((sum, { extent }) => sum + extent.rows, 0);
  const meter = new ProgressMeter('verify', totalRows, onProgress);
  const suspects: DifferingRow[] = [];
  let rows = 0;
  const pieces = tables.flatMap((table) =>
    view.cut([table], [], isCutByKey(table.table) ? undefined : ROWIDS_A_STEP),
  );
  await view.runAll(pieces, async (piece, reader, slot) => {
    const { table } = piece;
    const byKey = isCutByKey(table);
    for await (const { read, bounds } of steps(reader, piece, byKey ? 'packed-digest' : 'digest')) {
      const different = byKey
        ? unequalPacked(read.packed as PackedDigests, await digests.between(slot, table, bounds))
        : await unequalByKey(read, (keys) => digests.of(slot, table, keys));
      for (const key of different) suspects.push({ table, key });
      rows += read.rows;
      meter.add(read.rows, 0);
    }
  });
  return { rows, differing: await view.withReader((reader) => unchanged(reader, suspects)) };
}

/** Compares every row of a range of the file on one connection to the target, in the order of the rows. */
export async function compareTable(
  reader: SourceReader,
  digests: Digests,
  range: RowRange,
): Promise<Comparison> {
  const { table } = range;
  const differing: DifferingRow[] = [];
  let rows = 0;
  for await (const { read } of steps(reader, range, 'digest')) {
    for (const key of await unequalByKey(read, (keys) => digests.of(0, table, keys)))
      differing.push({ table, key });
    rows += read.rows;
  }
  return { rows, differing };
}

async function unequalByKey(
  { keys, digests }: Digested,
  ask: (keys: readonly Key[]) => Promise<ReadonlyMap<string, string>>,
): Promise<Key[]> {
  const found: Key[] = [];
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    const some = {
      keys: keys.slice(from, from + KEYS_AT_ONCE),
      digests: digests.slice(from, from + KEYS_AT_ONCE),
    };
    found.push(...unequal(some, await ask(some.keys)));
  }
  return found;
}

export interface CompareChangesOptions {
  readonly reader: SourceReader;
  readonly digests: Digests;
  readonly plan: TransferPlan;
  /** The rows that the file's change log names behind `after` and not behind `last`. */
  readonly after: bigint;
  readonly last: bigint;
  readonly unchanged: Unchanged;
  /** Rows that were compared already with the target as it is: they are not compared again. */
  readonly known?: ComparedKeys;
  /** Told how far it came, and where the log ended by then. What it throws ends the comparison. */
  readonly onPlace?: (place: bigint, logEnd: bigint) => void;
}

/**
 * Compares the rows that the file's change log names between two places. The target stands still meanwhile, so of a row
 * that is named again and again one comparison says all: what the file makes of it later is named later.
 */
export async function compareChanges({
  reader,
  digests,
  plan,
  after,
  last,
  unchanged,
  known = new ComparedKeys(),
  onPlace,
}: CompareChangesOptions): Promise<Comparison> {
  const suspects: DifferingRow[] = [];
  let rows = 0;
  for (let place = after; place < last; ) {
    const lines = last - place > FAR ? FAR : LINES;
    const upTo = place + lines < last ? place + lines : last;
    const ranges = plan.tables.map((table) => ({ table, changes: { after: place, upTo } }));
    const { ranges: named, logEnd } = await reader.read(ranges, 'keys');
    for (const [i, { keys }] of named.entries()) {
      const range = ranges[i] as (typeof ranges)[number];
      const { table } = range;
      const fresh = keys.filter((key) => known.add(table, key));
      if (fresh.length === 0) continue;
      const source = without(keys, fresh, await digestWhole(reader, range));
      for (const key of unequal(source, await digests.of(0, table, fresh))) suspects.push({ table, key });
      rows += fresh.length;
    }
    place = upTo;
    onPlace?.(place, logEnd.seq);
  }
  return { rows, differing: await unchanged(reader, suspects) };
}

/** The rows that were compared with one state of the target. */
export class ComparedKeys {
  readonly #keys = new Map<TablePlan, Set<string>>();
  #size = 0;

  /** @returns whether it was not there. Of very many some are forgotten, and compared once more. */
  add(table: TablePlan, key: Key): boolean {
    const keys = this.#keys.get(table) ?? new Set();
    const printed = text(key);
    if (keys.has(printed)) return false;
    if (this.#size >= MAX_KNOWN) {
      this.#keys.clear();
      this.#size = 0;
      return this.add(table, key);
    }
    this.#keys.set(table, keys.add(printed));
    this.#size++;
    return true;
  }
}

type Digested = Pick<RowsRead, 'keys' | 'digests'>;

/** What was read, without those of the keys that are not fresh. */
function without(keys: readonly Key[], fresh: readonly Key[], read: Digested): Digested {
  const old = new Set(keys.map(text));
  for (const key of fresh) old.delete(text(key));
  if (old.size === 0) return read;
  const places = [...read.keys.keys()].filter((i) => !old.has(text(read.keys[i] as Key)));
  return {
    keys: places.map((i) => read.keys[i] as Key),
    digests: places.map((i) => read.digests[i] as string),
  };
}

/** Compares the rows with these rowids, those among them that are not there any more, too. */
export async function compareRowids(
  reader: SourceReader,
  digests: Digests,
  table: TablePlan,
  rowids: readonly Rowid[],
): Promise<Comparison> {
  const differing: DifferingRow[] = [];
  for (let from = 0; from < rowids.length; ) {
    const some = rowids.slice(from, from + ROWIDS_AT_ONCE).map(BigInt);
    const ranges = some.map((rowid) => ({ table, bounds: { lowest: rowid, highest: rowid } }));
    const read = (await reader.read(ranges, 'digest')).ranges;
    const source = {
      keys: read.flatMap(({ keys }) => keys),
      digests: read.flatMap(({ digests }) => digests),
    };
    // A row that is gone can still be asked for where its rowid is its key.
    const asked = isCutByKey(table) ? some.slice(0, read.length).map((rowid) => [`${rowid}`]) : source.keys;
    const target = await digests.of(0, table, asked);
    differing.push(...unequal(source, target).map((key) => ({ table, key })));
    from += read.length;
  }
  return { rows: rowids.length, differing };
}

/** All rows of a few changes, in as many short reads as it takes. */
async function digestWhole(reader: SourceReader, range: RowRange): Promise<Digested> {
  const keys: Key[] = [];
  const found: string[] = [];
  for (let rest = range; ; ) {
    const [read] = (await reader.read([rest], 'digest', BUDGET)).ranges as [RowsRead];
    keys.push(...read.keys);
    found.push(...read.digests);
    if (read.stoppedAt === undefined) return { keys, digests: found };
    rest = restOf(rest, read.stoppedAt);
  }
}

const text = (key: Key) => JSON.stringify(key);

function unequal(source: Digested, target: ReadonlyMap<string, string>): Key[] {
  const seen = new Set<string>();
  const found: Key[] = [];
  for (const [i, key] of source.keys.entries()) {
    seen.add(text(key));
    if (target.get(text(key)) !== source.digests[i]) found.push(key);
  }
  for (const key of target.keys()) if (!seen.has(key)) found.push(JSON.parse(key) as Key);
  return found;
}

/** Tells by the file's own log, behind the place that the target stands at. */
export function unchangedInFile(applied: bigint): Unchanged {
  return async (reader, rows) => {
    if (rows.length === 0) return rows;
    const tables = [...new Set(rows.map(({ table }) => table))];
    const changed = new Map(tables.map((table) => [table, new Set<string>()]));
    // To its end: what changed before a row was read is named by then.
    await readLoggedKeys(reader, tables, applied, (table, key) => changed.get(table)?.add(text(key)));
    return rows.filter(({ table, key }) => !changed.get(table)?.has(text(key)));
  };
}

/** Which values of differing rows differ, and how; of the first ones. */
export async function showDifferences(
  reader: SourceReader,
  digests: Digests,
  differing: readonly DifferingRow[],
): Promise<Difference[]> {
  const shown: Difference[] = [];
  for (const { table, key } of differing.slice(0, MAX_SHOWN)) {
    const identity = identityOf(table, (column) => key[table.identity.indexOf(column)], '');
    const expected = (
      await reader.run({ kind: 'row-values', range: rangeOf(table, key), identities: new Set([identity]) })
    ).get(identity);
    const actual = await digests.values(table, key);
    shown.push(...differencesOfRow(table, identity, expected, actual));
  }
  return shown;
}

function rangeOf(table: TablePlan, key: Key) {
  if (!isCutByKey(table)) return { table };
  const id = BigInt(key[0] as string);
  return { table, bounds: { lowest: id, highest: id } };
}
