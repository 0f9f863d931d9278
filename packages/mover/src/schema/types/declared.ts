/** What a declared type says that a column is for. SQLite itself takes nearly every word for a type. */
export type Meaning =
  | 'boolean'
  | 'json'
  | 'binary-json'
  | 'uuid'
  | 'instant'
  | 'date-time'
  | 'date'
  | 'time-of-day'
  | 'decimal'
  | 'small-integer'
  | 'integer'
  | 'large-integer'
  | 'real'
  | 'bytes'
  | 'text'
  | 'nothing';

export interface Declared {
  readonly meaning: Meaning;
  /** The numbers in brackets: a length, or precision and scale. */
  readonly sizes: readonly number[];
}

/** The first that matches counts. */
const MEANINGS: readonly (readonly [RegExp, Meaning])[] = [
  [/^(BOOL|BOOLEAN|BIT|TINYINT ?\( ?1 ?\))$/, 'boolean'],
  [/JSONB/, 'binary-json'],
  [/JSON/, 'json'],
  [/UUID|GUID|UNIQUEIDENTIFIER/, 'uuid'],
  [/TIMESTAMPTZ|WITH TIME ZONE|DATETIMEOFFSET/, 'instant'],
  [/DATETIME|TIMESTAMP/, 'date-time'],
  [/^DATE$/, 'date'],
  [/^TIME( ?\(|$)/, 'time-of-day'],
  [/DEC|NUMERIC|NUMBER|MONEY/, 'decimal'],
  [/^(SMALLINT|TINYINT|INT2|SMALLSERIAL)\b/, 'small-integer'],
  [/BIG|INT8|INT64|LONG/, 'large-integer'],
  [/INT|SERIAL/, 'integer'],
  [/CHAR|CLOB|TEXT|STRING/, 'text'],
  [/BLOB|BINARY|BYTEA|IMAGE/, 'bytes'],
  [/REAL|FLOA|DOUB/, 'real'],
];

export function readDeclared(type: string): Declared {
  const upper = type.toUpperCase().trim();
  const meaning = MEANINGS.find(([pattern]) => pattern.test(upper))?.[1] ?? 'nothing';
  const sizes = /\(([\d\s,]+)\)/.exec(upper)?.[1]?.split(',').map(Number) ?? [];
  return { meaning, sizes };
}
