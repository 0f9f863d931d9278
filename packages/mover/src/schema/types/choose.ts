import { type ColumnEvidence, quoteName, saysSecret } from '@vatevo/transfer';
import { columnType } from '@vatevo/transfer/column-types';
import type { ColumnPlan, SourceDecisions, SqliteValue, TargetType } from '@vatevo/transfer/plan';
import { decisionOn } from '@vatevo/transfer/plan';
import { MAX_READ, refusalOf } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import type { Candidate } from './candidates.ts';

export interface Choice {
  readonly type: TargetType;
  readonly reason: string;
  /** Why it is not the one that was tried first: what that does not hold, and an example. */
  readonly notFirst:
    | { readonly type: TargetType; readonly why: string; readonly example: string }
    | undefined;
}

export interface Chosen {
  readonly db: Database;
  readonly table: string;
  readonly column: string;
  readonly decisions: SourceDecisions | undefined;
  readonly zone: string | undefined;
}

interface Trial {
  readonly candidate: Candidate;
  readonly test: (value: Exclude<SqliteValue, null>) => string | undefined;
}

/**
 * Reads a column until one candidate is left, or to its end, and takes the first that holds every value.
 *
 * What holds a value is asked of the engine that will carry it, so that what is chosen here is not refused later.
 */
export function choose(where: Chosen, candidates: readonly Candidate[], evidence: ColumnEvidence): Choice {
  // What is too large to be looked at is a text or a BLOB and nothing else.
  const isLarge = evidence.large > 0;
  let trials = candidates.map((candidate): Trial => ({ candidate, test: testOf(where, candidate) }));
  let notFirst: Choice['notFirst'];
  if (isLarge) trials = trials.filter(({ candidate: { type } }) => isUnlimited(type));
  // As it is stored, or not at all.
  if (evidence.largest > MAX_READ) {
    const stored = trials.filter(
      ({ candidate: { type } }) => columnType(type).digestSql.hashed !== undefined,
    );
    if (stored.length > 0) trials = stored;
  }
  const first = trials.find(({ candidate }) => candidate.isWanted);
  const last = trials.at(-1) as Trial;
  for (const value of trials.length < 2 || isLarge ? [] : values(where, evidence)) {
    trials = trials.filter((trial) => {
      const why = trial.test(value);
      if (why !== undefined && trial === first) {
        notFirst = {
          type: trial.candidate.type,
          why,
          example: saysSecret(where.column) ? 'a value' : shown(value),
        };
      }
      return why === undefined;
    });
    if (trials.length < 2) break;
  }
  const { type, reason } = (trials[0] ?? last).candidate;
  // One that was left before the end has nothing to fall back on: the inspection looks at all of its values.
  return { type, reason, notFirst };
}

/** The values of a column; of integers that every type takes alike, the ends. */
function values(
  { db, table, column, decisions }: Chosen,
  { stored, integers }: ColumnEvidence,
): Iterable<Exclude<SqliteValue, null>> {
  if (integers && stored.real + stored.text + stored.blob === 0 && decisions === undefined) {
    const ends = [integers.lowest, integers.highest];
    if (ends.every((end) => Number.isSafeInteger(Number(end)))) return ends;
  }
  const name = quoteName(column);
  // By no index: it may be in an order of the application's, which SQLite does not know here.
  const statement = db
    .prepare(`SELECT ${name} FROM ${quoteName(table)} NOT INDEXED WHERE ${name} IS NOT NULL`)
    .pluck()
    .safeIntegers();
  return statement.iterate() as IterableIterator<Exclude<SqliteValue, null>>;
}

function testOf({ table, column, decisions, zone }: Chosen, { type, form }: Candidate): Trial['test'] {
  const decided = decisionOn(decisions, `${table}.${column}`, type);
  const plan: ColumnPlan = {
    target: column,
    type,
    notNull: false,
    generated: false,
    from: { column },
    secret: false,
    ...decided,
    ...(zone !== undefined && { zone }),
  };
  const refusal = refusalOf(plan);
  const isOfForm = form?.();
  const becomesNull = (value: SqliteValue) => decided.decision?.empty !== undefined && isEmpty(value);
  return (value) => {
    const why = refusal(value);
    if (why !== undefined || isOfForm === undefined || becomesNull(value)) return why;
    return isOfForm(value) ? undefined : 'of another form';
  };
}

/** Whether it holds as it is whatever is of the one storage class that it takes. */
function isUnlimited(type: TargetType): boolean {
  const { isUnbounded, equality } = columnType(type).traits;
  return isUnbounded && equality === 'as-stored';
}

function isEmpty(value: SqliteValue): boolean {
  return typeof value === 'string' && /^\s*$|^0000-00-00/.test(value);
}

function shown(value: Exclude<SqliteValue, null>): string {
  if (value instanceof Uint8Array) return `x'${Buffer.from(value.subarray(0, 16)).toString('hex')}'`;
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : `${value}`;
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
