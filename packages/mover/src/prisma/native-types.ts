import { type ColumnEvidence, type Reading, readEvidence } from '@vatevo/transfer';
import { pairByName, type TargetType } from '@vatevo/transfer/plan';
import type { Database } from 'better-sqlite3';
import type { FileSchema, FileTable } from '../schema/file/read-file.ts';
import { decimal, INTEGER, JSON_TEXT, JSONB, timestamp } from '../schema/types/types.ts';
import { columnFields, columnOf, type Datamodel, type Field, type Model, tableOf } from './parser.ts';

/** A native type that a field needs in PostgreSQL, because what is stored does not fit the one that Prisma would take. */
export interface NativeType {
  readonly model: string;
  readonly field: string;
  /** The field's type in Prisma's words. */
  readonly type: string;
  readonly native: readonly [name: string, args: readonly string[]];
  readonly reason: string;
}

/** As Prisma's schema has it: `@db.Timestamp(6)`. */
export function attributeOf([name, args]: NativeType['native']): string {
  return `@db.${name}${args.length > 0 ? `(${args.join(', ')})` : ''}`;
}

/** Values that no type of PostgreSQL takes under the field's type. */
export interface Misfit {
  readonly model: string;
  readonly field: string;
  readonly place: string;
  readonly why: string;
}

export interface Findings {
  readonly natives: readonly NativeType[];
  readonly misfits: readonly Misfit[];
}

/** Prisma's own choice for a field's type, as far as it may be too small, and what else holds more. */
const READINGS: Readonly<Record<string, readonly Reading[]>> = {
  Int: [{ type: INTEGER }],
  Decimal: [{ type: decimal(65, 30) as TargetType }],
  DateTime: [3, 6].map((digits) => ({
    type: timestamp(digits),
    decision: { numbers: 'epoch-milliseconds' },
  })),
  Json: [{ type: JSONB }, { type: JSON_TEXT }],
};

/** Digits of Prisma's DECIMAL(65,30), and the most that PostgreSQL allows (manual, 8.1.2). */
const INTEGER_DIGITS = 35;
const SCALE = 30;
const MAX_PRECISION = 1000;

/** Reads each table that has a field whose type may be too small, once. */
export function findNativeTypes(db: Database, file: FileSchema, { models }: Datamodel): Findings {
  const tables = pairByName(models.map(tableOf), file.tables);
  const found = models.map((model, i): Findings => {
    const table = tables[i];
    return table === undefined ? { natives: [], misfits: [] } : inTable(db, table, model);
  });
  return {
    natives: found.flatMap(({ natives }) => natives),
    misfits: found.flatMap(({ misfits }) => misfits),
  };
}

function inTable(db: Database, table: FileTable, model: Model): Findings {
  const fields = columnFields(model).filter(({ type, isList }) => !isList && Object.hasOwn(READINGS, type));
  const columns = pairByName(fields.map(columnOf), table.columns);
  const asked = fields.flatMap((field, i) => (columns[i] ? [{ field, column: columns[i].name }] : []));
  if (asked.length === 0) return { natives: [], misfits: [] };
  const readings = Object.fromEntries(asked.map(({ field, column }) => [column, READINGS[field.type] ?? []]));
  const evidence = readEvidence(db, table.catalog, readings);
  const natives: NativeType[] = [];
  const misfits: Misfit[] = [];
  for (const { field, column } of asked) {
    const found = evidence.find((one) => one.column === column);
    const why = found?.readings[0]?.refusal;
    if (found === undefined || why === undefined) continue;
    const native = larger(field, found);
    if (native !== undefined) {
      natives.push({ model: model.name, field: field.name, type: field.type, native, reason: why });
    } else if (field.type === 'Int') {
      misfits.push({ model: model.name, field: field.name, place: `${table.name}.${column}`, why });
    }
  }
  return { natives, misfits };
}

/** The native type that takes more of the values; undefined when none does. */
function larger({ type }: Field, evidence: ColumnEvidence): NativeType['native'] | undefined {
  const [first, second] = evidence.readings;
  if (type === 'Decimal') return largerDecimal(evidence);
  if (first === undefined || second === undefined || second.refused >= first.refused) return undefined;
  return type === 'Json' ? ['Json', []] : ['Timestamp', ['6']];
}

function largerDecimal({ integers, reals, texts }: ColumnEvidence): NativeType['native'] | undefined {
  const digits = [
    ...(reals ? [reals.digits] : []),
    ...(texts ? [texts.decimals.digits] : []),
    ...[integers?.lowest ?? 0n, integers?.highest ?? 0n].map((one) => ({
      before: `${one}`.replace('-', '').length,
      behind: 0,
    })),
  ];
  const before = Math.max(INTEGER_DIGITS, ...digits.map((one) => one.before));
  const scale = Math.max(SCALE, ...digits.map((one) => one.behind));
  if (before + scale > MAX_PRECISION || before + scale === INTEGER_DIGITS + SCALE) return undefined;
  return ['Decimal', [`${before + scale}`, `${scale}`]];
}
