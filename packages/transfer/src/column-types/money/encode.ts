import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

const FORM = /^(-?)(\d{1,17})(?:\.(\d{1,2})0*)?$/;

/** money: an amount with at most two digits behind its point, as text or number. */
export function encodeMoney(type: TargetType): Encode {
  return (value, out) => {
    if (value instanceof Uint8Array) return wrongClass(value, type);
    const found = FORM.exec(String(value));
    if (!found) return 'not an amount with two digits behind its point';
    const [, sign, whole = '', fraction = ''] = found;
    const cents = BigInt(whole + fraction.padEnd(2, '0'));
    const amount = sign === '-' ? -cents : cents;
    if (BigInt.asIntN(64, amount) !== amount) return 'outside the range of money';
    out.int64Field(Number(amount >> 32n), Number(BigInt.asIntN(32, amount)));
    return undefined;
  };
}
