import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { TransferError, type TransferMapping } from '@vatevo/transfer';
import { columnType } from '@vatevo/transfer/column-types';
import { beginRun, inspect, prepare, refused, refuseObstacles, runStartNow } from '@vatevo/transfer/pipeline';
import { sourceName, type TransferPlan } from '@vatevo/transfer/plan';
import { holdsRows } from '@vatevo/transfer/postgres';
import { keylessRow } from '@vatevo/transfer/sqlite';
import { keepAll, refuseWithoutFailback } from '../failback/refuse.ts';
import { identify } from '../file/identity.ts';
import { capturedTables } from '../file/tables.ts';
import { refuseTakenNames } from '../file/taken-names.ts';
import type { Move } from '../move.ts';
import type { MoveRecord } from '../server/ledger.ts';
import { keepSequences } from '../server/sequences.ts';
import { fence, fencedTables, loggingTables } from '../server/triggers.ts';
import { discardRows } from './discard.ts';
import { recordForms } from './forms.ts';

export async function reserve(move: Move, returned: MoveRecord | undefined): Promise<void> {
  const { client, source, server, target } = move;
  const runStart = runStartNow();
  refuseSeeded(move.mapping);
  move.file.reading((db) => refuseTakenNames(source.name, db));
  const { misfits } = await refuseWithoutFailback(move);
  // Before the catalog is read: what changes behind it is noticed.
  const identity = move.file.reading((db) => identify(move.file.file, db));
  const preparation = await prepare(source, target, move.mapping, runStart);
  const { plan: pairs } = preparation;
  const { returning, source: path, format } = move.options;
  refuseUntellable(pairs);
  if (returning !== undefined || format !== 'own') refuseDecided(pairs);
  // What cannot be watched is refused before anything is reserved.
  const keyless = move.file.reading((db) => {
    capturedTables(db, pairs);
    return pairs.tables.flatMap((table) => keylessRow(db, table));
  });
  if (keyless.length > 0) throw refused(keyless);
  await refuseObstacles(source, target, pairs, preparation.highWaterMarks);
  await target.loader.refuseFullDisk(preparation.sourceBytes, move.options.targetFreeSpace);
  const view = move.pool();
  const tables = await view.measure(pairs, true);
  const { refusals } = await inspect({ view, plan: pairs, tables, onProgress: move.options.onProgress });
  if (refusals.length > 0) throw refused(refusals);
  // A file of another format stays as it is, and whoever makes the new one knows its forms.
  const goesBack = format === 'own' && returning === undefined;
  const plan = goesBack ? await recordForms(path, { ...pairs, ...kept(move) }) : pairs;
  const id = randomUUID();
  await server.reserve(
    {
      id,
      sourceName: basename(path),
      sourcePath: realpathSync(path),
      format,
    },
    move.file.state(),
    async () => {
      await beginMoving(move, id, plan, runStart, async () => {
        await keepSequences(client, id, plan);
        await keepAll(client, id, misfits, move.decisions.notOurs);
        const served = await move.served();
        if (returned) await discardReturned(move, returned);
        return served;
      });
      await server.keepIdentity(id, identity);
    },
  );
}

/** Makes the empty tables ready for the rows, in the open transaction. */
export async function beginMoving(
  move: Move,
  id: string,
  plan: TransferPlan,
  runStart: string,
  underLock: () => Promise<readonly Table[]>,
): Promise<void> {
  const { client, server, source, target } = move;
  const run = { sourceName: source.shortName, fingerprint: source.fingerprint(), runStart, plan };
  const runId = await beginRun(target, run, { underLock, others: true });
  await fence(client, await move.served(), 'arriving');
  await server.keep(id, { runId });
}

/**
 * What the earlier move brought is all in the file again, that was proven when it went back; but for what was left
 * behind by name.
 */
async function discardReturned(move: Move, returned: MoveRecord): Promise<void> {
  const { client, target, options, decisions } = move;
  const carried = await loggingTables(client);
  const others = (await fencedTables(client)).filter(
    ({ oid }) => !carried.some((table) => table.oid === oid),
  );
  const left: string[] = [];
  for (const table of others) if (await holdsRows(client, table)) left.push(table.name);
  for (const table of carried) {
    for (const column of await columnsLeft(client, table, decisions.leaveBehind)) {
      if (await holdsRows(client, table, column)) left.push(`${table.name}.${column}`);
    }
  }
  if (left.length > 0 && !options.discardLeftBehind) {
    throw new TransferError(
      'target-not-empty',
      `PostgreSQL still holds what stayed there when it went back to SQLite (${left.join(', ')}), and a new move would remove it.`,
      { next: { step: 'discard-left-behind' } },
    );
  }
  await discardRows(target, returned, [...carried, ...others]);
}

async function columnsLeft(
  client: Move['client'],
  { oid, name }: { readonly oid: string; readonly name: string },
  leftBehind: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND $2 || '.' || attname = ANY ($3)`,
    [oid, name, leftBehind],
  );
  return rows.map((row) => row.name);
}

/**
 * A move that is given up leaves PostgreSQL as it was, and what was removed would be missing. What stays there would not be
 * what the file holds, where both are to be the same until the hand-over, and at failback.
 */
function refuseSeeded({ tables = {} }: TransferMapping): void {
  const names = Object.entries(tables).flatMap(([name, { seeded }]) => (seeded === undefined ? [] : name));
  if (names.length === 0) return;
  throw new TransferError(
    'target-not-empty',
    `A live move begins with empty tables, so nothing can be decided on the rows that PostgreSQL has in ${names.join(', ')}: empty it there and take "seeded" out of the mapping, and the rows of the source come.`,
    { next: { step: 'transfer-instead' } },
  );
}

/** Changes are told by the source's primary key, which must therefore be in the target, too. */
function refuseUntellable(plan: TransferPlan): void {
  for (const table of plan.tables) {
    const inexact = table.identity
      .map((i) => table.columns[i])
      .find((column) => column && columnType(column.type).digestSql.read === undefined);
    if (inexact !== undefined) {
      throw new TransferError(
        'source-refused',
        `The changed rows of ${table.source} cannot be told apart by ${sourceName(inexact)}, whose type in the target is ${inexact.type.sql}.`,
        { next: { step: 'transfer-instead' } },
      );
    }
    const identity = table.identity.map((i) => {
      const column = table.columns[i];
      return column && 'column' in column.from ? column.from.column : undefined;
    });
    const byKey = table.key.length === identity.length && table.key.every((name, i) => name === identity[i]);
    if ((table.rowid ?? table.keyOrder) !== undefined && byKey) continue;
    if (byKey) {
      throw new TransferError(
        'source-refused',
        `The changed rows of ${table.source} cannot be told apart while others write to it, because its own columns take every name of the rowid (or its key names a column twice).`,
        { next: { step: 'transfer-instead' } },
      );
    }
    throw new TransferError(
      'source-refused',
      `The changed rows of ${table.source} cannot be told apart by a primary key that the target has, too.`,
      { next: { step: 'transfer-instead' } },
    );
  }
}

/** What was said of names, for the commands that follow. */
function kept({ options }: Move): Pick<TransferPlan, 'mapping'> {
  const { decisions: _, ...mapping } = options.mapping;
  return Object.keys(mapping).length === 0 ? {} : { mapping };
}

/** A row that comes back would have PostgreSQL's form, and not the one that the application stores. */
function refuseDecided(plan: TransferPlan): void {
  const decided = plan.tables.flatMap(({ source, columns }) =>
    columns.flatMap((column) => (column.decision ? `${source}.${sourceName(column)}` : [])),
  );
  if (decided.length === 0) return;
  throw new TransferError(
    'source-refused',
    `What is decided on ${decided.join(', ')} has no failback: rows would come back in another form.`,
    { next: { step: 'transfer-instead' } },
  );
}

type Table = { readonly schema: string; readonly name: string };
