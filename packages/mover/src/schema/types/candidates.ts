import type { ColumnEvidence } from '@vatevo/transfer';
import type { ColumnDecision, TargetType } from '@vatevo/transfer/plan';
import type { Declared, Meaning } from './declared.ts';
import {
  day,
  type Form,
  hyphenated,
  keptByJsonb,
  local,
  ofScale,
  structured,
  unzoned,
  versioned,
  zoned,
} from './forms.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTEA,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  JSON_TEXT,
  JSONB,
  NUMERIC,
  SINGLE,
  SMALLINT,
  TEXT,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  UUID,
  varchar,
} from './types.ts';

/** A type that a column may become, when every value of it passes. */
export interface Candidate {
  readonly type: TargetType;
  /** Why it would be this one: words behind "declared X, ". */
  readonly reason: string;
  /** What values must be beside being carried exactly. */
  readonly form?: Form;
  /** Whether the declared type asks for it, so that it is told why it is another one. */
  readonly isWanted?: boolean;
}

export interface About {
  readonly declared: Declared;
  readonly evidence: ColumnEvidence;
  /** A rowid, whose numbers grow with every row. */
  readonly isRowid: boolean;
  /** Part of a key or an index, for which values have to be compared. */
  readonly isIndexed: boolean;
  /** Whether times that name no zone are in one that the operator named. */
  readonly hasZone: boolean;
  /** What was decided on the column, whatever its type. */
  readonly decision: ColumnDecision;
}

/** Digits of a decimal that has no declared size: enough for an amount to grow. */
const ROOM = 18;

/** Of what an integer holds: numbers that are beyond it, as seconds since 1970 are, are likely to go on. */
const HALF = 2n ** 30n;

/** Types that a column may become, the first that holds everything being the one. */
export function candidates(about: About): Candidate[] {
  const { evidence, isRowid } = about;
  if (isRowid) return [{ type: BIGINT, reason: 'the rowid, which grows' }];
  const decided = byDecision(about);
  const { text, blob, integer, real } = evidence.stored;
  if (text + blob + integer + real === 0) return [...decided, byDeclaration(about)];
  if (blob > 0) return [...decided, { type: text + integer + real > blob ? TEXT : BYTEA, reason: 'bytes' }];
  if (text > 0) return [...decided, ...forTexts(about)];
  return [...decided, ...(real > 0 ? forReals(about) : forIntegers(about))];
}

/** What a decision leads to: it was made for a type. */
function byDecision({ decision }: About): Candidate[] {
  const { numbers, blobs, texts, reals } = decision;
  const because = (type: TargetType): Candidate[] => [{ type, reason: 'as was decided' }];
  if (numbers === 'text') return because(TEXT);
  if (numbers === 'seconds' || numbers === 'milliseconds' || numbers === 'microseconds')
    return because(INTERVAL);
  if (numbers !== undefined) return because(TIMESTAMPTZ);
  if (blobs === 'uuid' || blobs === 'dotnet-uuid') return because(UUID);
  if (blobs === 'binary-json') return because(JSONB);
  if (blobs === 'text') return because(TEXT);
  if (texts === 'bytes') return because(BYTEA);
  if (reals === 'integers') return because(BIGINT);
  return reals === 'nearest' ? because(SINGLE) : [];
}

/** Without a value nothing but the declared type speaks. */
function byDeclaration({ declared: { meaning, sizes } }: About): Candidate {
  const [first, scale = 0] = sizes;
  const types: Readonly<Record<Meaning, TargetType>> = {
    boolean: BOOLEAN,
    json: JSONB,
    'binary-json': JSONB,
    uuid: UUID,
    instant: TIMESTAMPTZ,
    'date-time': TIMESTAMP,
    date: DATE,
    'time-of-day': TIME,
    decimal: (first !== undefined && decimal(first, scale)) || NUMERIC,
    'small-integer': SMALLINT,
    integer: BIGINT,
    'large-integer': BIGINT,
    real: DOUBLE,
    bytes: BYTEA,
    text: varchar(first) ?? TEXT,
    nothing: TEXT,
  };
  return { type: types[meaning], reason: 'and there is no value' };
}

function forIntegers({ declared: { meaning, sizes }, evidence }: About): Candidate[] {
  const { lowest, highest } = evidence.integers ?? { lowest: 0n, highest: 0n };
  const range = lowest === highest ? `only ${lowest}` : `${lowest} to ${highest}`;
  const isSmall = meaning === 'small-integer' || meaning === 'integer' || meaning === 'boolean';
  const integers: Candidate[] = [
    ...(meaning === 'small-integer' ? [{ type: SMALLINT, reason: range }] : []),
    ...(isSmall && lowest >= -HALF && highest <= HALF ? [{ type: INTEGER, reason: range }] : []),
    { type: BIGINT, reason: range },
  ];
  switch (meaning) {
    case 'boolean':
      return [
        wanted({ type: BOOLEAN, reason: lowest === highest ? `only ${lowest}` : 'only 0 and 1' }),
        ...integers,
      ];
    case 'decimal':
      return [...sized(sizes), { type: NUMERIC, reason: range }];
    case 'real':
      return [{ type: DOUBLE, reason: range }, ...integers];
    case 'json':
    case 'binary-json':
      return [{ type: JSONB, reason: 'numbers of JSON' }, ...integers];
    case 'instant':
    case 'date-time':
    case 'date':
    case 'time-of-day':
      return [{ type: BIGINT, reason: `numbers, ${range}, of which nobody has decided what they count` }];
    default:
      return integers;
  }
}

function forReals({ declared: { meaning, sizes }, evidence: { stored } }: About): Candidate[] {
  const reason = stored.integer > 0 ? 'numbers with and without a fraction' : 'numbers with a fraction';
  return [
    ...(meaning === 'decimal' ? [...sized(sizes), { type: NUMERIC, reason }] : []),
    ...(isJson(meaning) ? [{ type: JSONB, reason: 'numbers of JSON' }] : []),
    { type: DOUBLE, reason },
    { type: NUMERIC, reason: `${reason}, of which a double does not hold all` },
  ];
}

function sized([precision, scale = 0]: readonly number[]): Candidate[] {
  const type = precision === undefined ? undefined : decimal(precision, scale);
  return type ? [wanted({ type, reason: 'no value has more digits' })] : [];
}

function forTexts(about: About): Candidate[] {
  const { meaning, sizes } = about.declared;
  const { stored, texts, large, largest } = about.evidence;
  const onlyTexts = stored.integer + stored.real === 0;
  const isTime = meaning === 'instant' || meaning === 'date-time' || meaning === 'date';
  // A text holds no number: what the numbers count has to be decided.
  if (isTime && !onlyTexts) return [{ ...INSTANTS, reason: 'date-times and numbers' }];
  const text = varchar(sizes[0]);
  const longest =
    large > 0 ? `at most ${count(largest)} bytes` : `at most ${count(texts?.longest ?? 0)} characters`;
  return [
    ...textsAsDeclared(about).map(wanted),
    ...(onlyTexts ? textsOfOneForm(about) : []),
    ...(text && meaning === 'text' ? [{ type: text, reason: longest, isWanted: true }] : []),
    { type: TEXT, reason: onlyTexts ? longest : 'texts and numbers' },
  ];
}

const INSTANTS: Candidate = { type: TIMESTAMPTZ, reason: 'date-times, in UTC where they name no zone' };

/** What the declared type asks for. */
function textsAsDeclared({ declared, hasZone, isIndexed }: About): readonly Candidate[] {
  const unlessZone: Candidate[] = hasZone
    ? []
    : [{ type: TIMESTAMP, reason: 'date-times that name no zone', form: unzoned }];
  const unlessIndexed: Candidate[] = isIndexed
    ? []
    : [{ type: JSON_TEXT, reason: 'JSON of which the very text is kept' }];
  const byMeaning: Partial<Record<Meaning, readonly Candidate[]>> = {
    boolean: [{ type: BOOLEAN, reason: 'words for true and false' }],
    json: [
      { type: JSONB, reason: 'JSON that jsonb gives back as it is', form: keptByJsonb },
      ...unlessIndexed,
      ...(isIndexed ? [{ type: JSONB, reason: 'JSON that has to be compared' }] : []),
    ],
    'binary-json': [{ type: JSONB, reason: 'JSON' }, ...unlessIndexed],
    uuid: [{ type: UUID, reason: 'uuids' }],
    instant: [INSTANTS],
    'date-time': [...unlessZone, INSTANTS],
    date: [{ type: DATE, reason: 'days' }, ...unlessZone, INSTANTS],
    'time-of-day': [{ type: TIME, reason: 'times of the day' }],
    decimal: [...sized(declared.sizes), { type: NUMERIC, reason: 'decimals' }],
  };
  return byMeaning[declared.meaning] ?? [];
}

/** What texts speak for that all have one form, whatever was declared. */
function textsOfOneForm({ declared: { meaning, sizes }, evidence, hasZone, isIndexed }: About): Candidate[] {
  const all = `all ${count(evidence.stored.text)}`;
  const mayBeAmounts = meaning === 'text' || meaning === 'nothing';
  return [
    { type: UUID, reason: `${all} are uuids`, form: hyphenated },
    ...(sizes[0] === 32 ? [{ type: UUID, reason: `${all} are uuids without hyphens`, form: versioned }] : []),
    { type: TIMESTAMPTZ, reason: `${all} are date-times that name their zone`, form: zoned },
    {
      type: hasZone ? TIMESTAMPTZ : TIMESTAMP,
      reason: `${all} are date-times that name no zone`,
      form: local,
    },
    { type: DATE, reason: `${all} are days`, form: day },
    {
      type: JSONB,
      reason: `${all} are JSON that jsonb gives back as it is`,
      form: () => {
        const [isStructured, isKept] = [structured(), keptByJsonb()];
        return (value) => isStructured(value) && isKept(value);
      },
    },
    ...(isIndexed
      ? []
      : [{ type: JSON_TEXT, reason: `${all} are JSON, of which the very text is kept`, form: structured }]),
    ...(mayBeAmounts ? amounts() : []).map((type) => ({
      type,
      reason: `${all} are decimals with ${type.scale} digits behind the point`,
      form: ofScale(type.scale ?? 0),
    })),
  ];
}

/** Decimals of one scale, tried from the smallest. */
function amounts(): TargetType[] {
  return Array.from({ length: 8 }, (_, i) => decimal(ROOM, i + 1) as TargetType);
}

function wanted(candidate: Candidate): Candidate {
  return { ...candidate, isWanted: true };
}

function isJson(meaning: Meaning): boolean {
  return meaning === 'json' || meaning === 'binary-json';
}

function count(number: number): string {
  return number.toLocaleString('en');
}
