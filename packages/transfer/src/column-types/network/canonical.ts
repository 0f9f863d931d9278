import { hex } from '../canonical/hex.ts';
import type { Canonical } from '../canonical/types.ts';

/** The bytes that the server sends: its short forms of IPv6 are its own. */
export function canonicalNetwork(isCidr: boolean): Canonical {
  const mark = isCidr ? '01' : '00';
  return {
    print: () => (value) => {
      if (typeof value !== 'string') return undefined;
      const slash = value.indexOf('/');
      const address = slash < 0 ? value : value.slice(0, slash);
      const digits = address.includes(':') ? digits6(address) : digits4(address);
      if (digits === undefined) return undefined;
      const bits = slash < 0 ? digits.length * 4 : Number(value.slice(slash + 1));
      const family = digits.length === 8 ? '02' : '03';
      return family + hex(Uint8Array.of(bits)) + mark + hex(Uint8Array.of(digits.length / 2)) + digits;
    },
  };
}

function digits4(address: string): string | undefined {
  const parts = address.split('.').map(Number);
  return parts.length === 4 ? hex(Uint8Array.from(parts)) : undefined;
}

/** URLs know one form of an address, in which every group is of hex digits. */
function digits6(address: string): string | undefined {
  if (!URL.canParse(`http://[${address}]/`)) return undefined;
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(':');
  const written = groups.filter((group) => group !== '').length;
  const all = groups
    .join(':')
    .replace('::', `:${'0:'.repeat(8 - written)}`)
    .split(':')
    .filter((group) => group !== '');
  return all.map((group) => group.padStart(4, '0')).join('');
}
