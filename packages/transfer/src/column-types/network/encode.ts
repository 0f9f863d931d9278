import { isIPv4, isIPv6 } from 'node:net';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

/** Address families as PostgreSQL sends them (src/include/utils/inet.h). */
const FAMILY_4 = 2;
const FAMILY_6 = 3;

/** inet and cidr: an address of either family, with the length of its network or without. */
export function encodeNetwork(isCidr: boolean): (type: TargetType) => Encode {
  return (type) => (value, out) => {
    if (typeof value !== 'string') return wrongClass(value, type);
    const [address = '', length, ...more] = value.split('/');
    const bytes = more.length > 0 ? undefined : addressBytes(address);
    if (bytes === undefined) return 'not an address of IPv4 or IPv6';
    const most = bytes.length * 8;
    const bits =
      length === undefined ? most : /^(0|[1-9]\d{0,2})$/.test(length) ? Number(length) : Number.NaN;
    if (!(bits <= most)) return 'not an address of IPv4 or IPv6';
    if (isCidr && hasBitsBehind(bytes, bits)) return 'an address with bits beyond its network';
    const family = bytes.length === 4 ? FAMILY_4 : FAMILY_6;
    out.bytesField(Uint8Array.of(family, bits, isCidr ? 1 : 0, bytes.length, ...bytes));
    return undefined;
  };
}

function addressBytes(text: string): number[] | undefined {
  if (isIPv4(text)) return text.split('.').map(Number);
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [left = '', right] = text.split('::');
  const before = groupBytes(left);
  if (right === undefined) return before;
  const after = groupBytes(right);
  return [...before, ...Array.from({ length: 16 - before.length - after.length }, () => 0), ...after];
}

function groupBytes(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function hasBitsBehind(bytes: readonly number[], bits: number): boolean {
  return bytes.some((byte, i) => {
    const kept = Math.min(8, Math.max(0, bits - i * 8));
    return (byte & (0xff >> kept)) !== 0;
  });
}
