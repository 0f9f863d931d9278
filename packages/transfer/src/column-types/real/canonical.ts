import { hex } from '../canonical/hex.ts';
import type { Canonical } from '../canonical/types.ts';

/** Bit by bit, in hex. */
export function canonicalReal(single: boolean): Canonical {
  return {
    print: () => (value) => {
      if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
      const view = new DataView(new ArrayBuffer(single ? 4 : 8));
      if (single) view.setFloat32(0, Number(value));
      else view.setFloat64(0, Number(value));
      return hex(new Uint8Array(view.buffer));
    },
  };
}
