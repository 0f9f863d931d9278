import { isUtf8 } from 'node:buffer';
import { quoteText } from '@vatevo/transfer';
import type { Cell } from './rows.ts';

const TAB = 9;
const NEWLINE = 10;
const SPACE = 32;

/** The SQL that gives a stored value again, in every version of SQLite and through its command line. */
export function literal(cell: Cell, encoding: string): string {
  if (cell === null) return 'NULL';
  if (typeof cell === 'bigint') return String(cell);
  if (typeof cell === 'string') return `X'${cell}'`;
  if (typeof cell === 'number') return real(cell);
  // The command line drops a return before a newline, and ends a line at U+0000.
  if (encoding === 'UTF-8' && isUtf8(cell) && isPlain(cell)) return quoteText(cell.toString());
  return `CAST(X'${cell.toString('hex')}' AS TEXT)`;
}

function isPlain(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte < SPACE && byte !== TAB && byte !== NEWLINE) return false;
  return true;
}

const EXPONENT_BIAS = 1075n;
const FRACTION_BITS = 52n;
/** The highest power of two that is an integer of SQLite. */
const MAX_POWER = 62n;

/**
 * How SQLite reads decimal digits differs in the last bit between versions and processors. Whole numbers are
 * safe; any other is written as an integer times or divided by powers of two, which is exact everywhere.
 */
function real(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '1e999' : '-1e999';
  if (Object.is(value, -0)) return '-1.0*0';
  if (Number.isSafeInteger(value)) return `${value}.0`;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const stored = bits.getBigUint64(0);
  const fraction = stored & ((1n << FRACTION_BITS) - 1n);
  const exponent = (stored >> FRACTION_BITS) & 0x7ffn;
  const whole = exponent === 0n ? fraction : fraction | (1n << FRACTION_BITS);
  let power = (exponent === 0n ? 1n : exponent) - EXPONENT_BIAS;
  const operator = power < 0n ? '/' : '*';
  if (power < 0n) power = -power;
  let sql = `CAST(${value < 0 ? '-' : ''}${whole} AS REAL)`;
  for (; power > 0n; power -= MAX_POWER) {
    sql += operator + (1n << (power < MAX_POWER ? power : MAX_POWER));
  }
  return sql;
}
