import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

/** bit(n): a text of n digits, or 0 and 1 where n is one. varbit(n): a text of at most n digits. */
export function encodeBits(isVarying: boolean): (type: TargetType) => Encode {
  return (type) => (value, out) => {
    const { maxLength } = type;
    const isSingle = !isVarying && maxLength === 1 && (value === 0n || value === 1n);
    if (typeof value !== 'string' && !isSingle) return wrongClass(value, type);
    const bits = String(value);
    if (!/^[01]*$/.test(bits)) return 'not a text of the digits 0 and 1';
    if (isVarying ? bits.length > (maxLength ?? bits.length) : bits.length !== maxLength) {
      return `a length other than that of ${type.sql}`;
    }
    const field = Buffer.alloc(4 + Math.ceil(bits.length / 8));
    field.writeInt32BE(bits.length);
    for (let i = 0; i < bits.length; i += 8)
      field[4 + i / 8] = Number.parseInt(bits.slice(i, i + 8).padEnd(8, '0'), 2);
    out.bytesField(field);
    return undefined;
  };
}
