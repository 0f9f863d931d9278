import type { ColumnDecision, SqliteValue } from '../column-types/types.ts';

type Present = Exclude<SqliteValue, null>;

/** What a decision makes of a value, computed a second time for the proof. @param most digits of a fraction that are kept */
export function decided(
  value: Present,
  { nul, blobs, empty, fraction, reals, numbers, texts }: ColumnDecision,
  most: number,
  readJsonb: (blob: Uint8Array) => string | undefined,
): SqliteValue {
  if (value instanceof Uint8Array) {
    if (blobs === undefined) return value;
    const text = blobText(Buffer.from(value), blobs, readJsonb);
    return text === undefined ? value : decided(text, { empty, fraction } as ColumnDecision, most, readJsonb);
  }
  if (typeof value === 'bigint') return numbers === 'text' ? value.toString() : value;
  if (typeof value === 'number') {
    if (reals === 'integers') return value % 1 === 0 ? BigInt(value) : value;
    if (reals === 'nearest') return nearest(value);
    return numbers === 'text' ? realText(value) : value;
  }
  const text = nul === undefined ? value : value.split('\0').join('');
  if (empty !== undefined && /^(?:\s*|0000-00-00(?:[ T]00:00(?::00(?:\.0*)?)?)?Z?)$/.test(text)) return null;
  if (texts === 'bytes') return new TextEncoder().encode(text);
  if (texts === 'since-1970') return sinceEpoch(text);
  if (texts === 'commas') return listText(text);
  if (fraction === undefined) return text;
  return shortened(text, most, fraction === 'round');
}

/** As PostgreSQL prints an interval of hours; what is no time stays as it is. */
function sinceEpoch(text: string): string {
  const found = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(text);
  if (found === null) return text;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (
    date.getUTCDate() !== day ||
    date.getUTCMonth() !== month - 1 ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  )
    return text;
  const seconds = date.getTime() / 1000 + (hour * 60 + minute) * 60 + second;
  const millionths = Number((found[7] ?? '').padEnd(6, '0'));
  // Before 1970 what lies behind the point counts towards it.
  const isBefore = seconds < 0;
  const borrows = isBefore && millionths > 0;
  const size = Math.abs(borrows ? seconds + 1 : seconds);
  const rest = borrows ? 1_000_000 - millionths : millionths;
  return `${isBefore ? '-' : ''}${Math.floor(size / 3600)} hours ${isBefore ? '-' : ''}${Math.floor(size / 60) % 60} mins ${isBefore ? '-' : ''}${size % 60}.${`${rest}`.padStart(6, '0')} secs`;
}

/** A list with commas between, as JSON. */
function listText(text: string): string {
  if (text.length === 0) return '[]';
  const items: string[] = [];
  for (let from = 0; ; ) {
    const comma = text.indexOf(',', from);
    items.push(text.slice(from, comma < 0 ? text.length : comma));
    if (comma < 0) return JSON.stringify(items);
    from = comma + 1;
  }
}

function blobText(
  blob: Buffer,
  blobs: NonNullable<ColumnDecision['blobs']>,
  readJsonb: (blob: Uint8Array) => string | undefined,
): string | undefined {
  if (blobs === 'binary-json') return readJsonb(blob);
  if (blobs === 'text') {
    const text = blob.toString('utf8');
    return Buffer.from(text, 'utf8').equals(blob) ? text : undefined;
  }
  if (blob.length !== 16) return undefined;
  if (blobs === 'uuid') return blob.toString('hex');
  // A 32-bit number and two of 16 bits, the lowest byte first, and eight bytes.
  const number = (at: number, bytes: number) =>
    blob
      .readUIntLE(at, bytes)
      .toString(16)
      .padStart(bytes * 2, '0');
  return number(0, 4) + number(4, 2) + number(6, 2) + blob.toString('hex', 8);
}

function nearest(value: number): number {
  const [single = 0] = new Float32Array([value]);
  return Math.abs(single) === Number.POSITIVE_INFINITY || (single === 0 && value !== 0) ? value : single;
}

function realText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : text.replace(/^(-?\d+)/, '$1.0');
}

const CLOCK = /(\d\d):(\d\d):(\d\d)\.(\d+)/;

function shortened(text: string, most: number, rounds: boolean): string {
  const found = CLOCK.exec(text);
  if (found === null || (found[4]?.length ?? 0) <= most) return text;
  const before = text.slice(0, found.index);
  const after = text.slice(found.index + found[0].length);
  const digits = found[4] as string;
  const up = rounds && (digits[most] as string) >= '5';
  if (!up) return `${before}${found[0].slice(0, 8)}${most > 0 ? `.${digits.slice(0, most)}` : ''}${after}`;
  const midnight = Date.UTC(1970, 0, 1, Number(found[1]), Number(found[2]), Number(found[3]));
  const fraction = most === 0 ? 1 : Number(digits.slice(0, most)) + 1;
  const carries = fraction === 10 ** most;
  const clock = new Date(midnight + (carries ? 1000 : 0)).toISOString();
  const kept = most === 0 ? '' : `.${carries ? '0'.repeat(most) : String(fraction).padStart(most, '0')}`;
  if (clock.startsWith('1970-01-01')) return `${before}${clock.slice(11, 19)}${kept}${after}`;
  const day = before.slice(0, 10);
  if (before === '' || day === '9999-12-31') return text;
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000);
  return `${next.toISOString().slice(0, 10)}${before.slice(10)}00:00:00${kept}${after}`;
}
