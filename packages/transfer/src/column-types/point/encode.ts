import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const POINT = new RegExp(
  String.raw`^\s*(?:\(\s*(${NUMBER})\s*,\s*(${NUMBER})\s*\)|(${NUMBER})\s*,\s*(${NUMBER}))\s*$`,
);

/** point: two numbers with a comma between, in brackets or not, each of which is the shortest decimal of a double. */
export function encodePoint(type: TargetType): Encode {
  return (value, out) => {
    if (typeof value !== 'string') return wrongClass(value, type);
    const found = POINT.exec(value);
    if (found === null) return 'not two numbers with a comma between';
    const [x = '', y = ''] = found.slice(1).filter((part) => part !== undefined);
    if (!isExact(x) || !isExact(y)) return `no exact ${type.sql} form`;
    const bytes = Buffer.alloc(16);
    bytes.writeDoubleBE(Number(x));
    bytes.writeDoubleBE(Number(y), 8);
    out.bytesField(bytes);
    return undefined;
  };
}

/** Whether the double that is nearest prints as the same number: no digit is lost. */
function isExact(text: string): boolean {
  const number = Number(text);
  return Number.isFinite(number) && significant(text) === significant(String(number));
}

/** Its digits from the first to the last that is not zero, and where the point stands. */
function significant(text: string): string {
  const [digits = '', exponent = '0'] = text.replace('-', '').toLowerCase().split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  const all = (whole + fraction).replace(/^0+/, '');
  const shown = all.replace(/0+$/, '');
  return shown === '' ? '0' : `${shown}e${Number(exponent) - fraction.length + all.length - shown.length}`;
}
