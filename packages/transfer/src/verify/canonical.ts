import { createHash } from 'node:crypto';
import { canonicalJson } from '../column-types/json/canonical-print.ts';
import { canonicalTimestamp, numberAsTimestamp } from '../column-types/timestamp/canonical-print.ts';
import { wallClock } from '../column-types/timestamp/canonical-wall-clock.ts';
import type { TargetType } from '../column-types/types.ts';
import type { Derivation } from '../mapping.ts';
import type { ColumnPlan } from '../plan/types.ts';

/** What lies in the source, each storage class as a JavaScript type of its own. */
export type Stored = null | bigint | number | string | Uint8Array;

/** A text that is too large to be decoded: its bytes, which are UTF-8. */
export class LargeText {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/**
 * The function that gives the form which the target's own text output must have for a column's source
 * values (see target-sql.ts for the other side); NULL is null. A value that has no such form becomes a text
 * that no target value can equal.
 *
 * None of the copy's codecs is used here: a fault in them must not hide itself.
 */
export function canonicalForm(column: ColumnPlan): (stored: Stored) => string | null {
  const form = FORMS[column.type.name];
  if (form === undefined) throw new Error(`${column.target}: no canonical form for ${column.type.sql}`);
  const { derive, whenNull = null } = column;
  return (stored) => {
    const present = stored ?? whenNull;
    if (present === null) return null;
    const value = derive && stored !== null ? derived(derive, present) : present;
    return form(value, column) ?? impossible(value);
  };
}

type Present = Exclude<Stored, null>;
type Form = (value: Present, column: ColumnPlan) => string | undefined;

const integer: Form = (value) => (typeof value === 'bigint' ? `${value}` : undefined);
const text: Form = (value) => (typeof value === 'string' ? value : undefined);
const clocks = new Map<string, ReturnType<typeof wallClock>>();
const clockOf = (zone: string) => {
  const clock = clocks.get(zone) ?? wallClock(zone);
  clocks.set(zone, clock);
  return clock;
};
const timestamp: Form = (value, { type, numericTimes, zone }) => {
  const withZone = type.name === 'timestamptz';
  if (typeof value === 'string')
    return canonicalTimestamp(value, withZone, zone === undefined ? zone : clockOf(zone));
  if (value instanceof Uint8Array || numericTimes === undefined) return undefined;
  return numberAsTimestamp(value, numericTimes, withZone);
};
/** json keeps the very text; a number is what SQLite made of a JSON scalar. */
const json: Form = (value) =>
  value instanceof Uint8Array ? undefined : Object.is(value, -0) ? '-0.0' : `${value}`;
const jsonb: Form = (value, column) => {
  const written = json(value, column);
  return written === undefined ? undefined : canonicalJson(written);
};
const float: Form = (value, { type }) => {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const view = new DataView(new ArrayBuffer(type.name === 'float4' ? 4 : 8));
  if (view.byteLength === 4) view.setFloat32(0, Number(value));
  else view.setFloat64(0, Number(value));
  return hex(new Uint8Array(view.buffer));
};

const FORMS: Readonly<Record<string, Form>> = {
  int2: integer,
  int4: integer,
  int8: integer,
  bool: (value) => (value === 1n ? 'true' : value === 0n ? 'false' : undefined),
  numeric: (value, { type }) =>
    typeof value === 'string' ? value : value instanceof Uint8Array ? undefined : padded(`${value}`, type),
  text,
  varchar: text,
  bpchar: text,
  enum: text,
  bytea: (value) => (value instanceof Uint8Array ? hex(value) : undefined),
  uuid: (value) =>
    typeof value === 'string' ? value : value instanceof Uint8Array ? hyphenated(hex(value)) : undefined,
  float4: float,
  float8: float,
  date: text,
  timestamp,
  timestamptz: timestamp,
  json,
  jsonb,
};

/** The mapping's derivations, computed a second time. */
function derived(derivation: Derivation, value: Present): Present {
  if (typeof value !== 'string') return value;
  if (derivation.kind === 'sha256-hex') return createHash('sha256').update(Buffer.from(value)).digest('hex');
  const characters = [...value];
  let keep = 0;
  while (keep < derivation.most && (keep + 1) * derivation.oneIn <= characters.length) keep++;
  return characters.slice(0, keep).join('');
}

/** numeric(p, s) prints s digits after the point for a number that came without a scale. */
function padded(text: string, type: TargetType): string {
  if (!type.scale) return text;
  const [whole, fraction = ''] = text.split('.');
  return `${whole}.${fraction.padEnd(type.scale, '0')}`;
}

function hyphenated(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** U+0000 cannot stand in any text of PostgreSQL. */
function impossible(value: Present): string {
  return `\0${typeof value}:${value instanceof Uint8Array ? hex(value) : value}`;
}
