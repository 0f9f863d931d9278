import type { CopyWriter } from '../encode/copy-writer.ts';
import { PageEncoder } from '../encode/page-encoder.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

export type Width = 2 | 4 | 8;

const RANGES: Readonly<Record<Width, readonly [bigint, bigint]>> = {
  2: [-(2n ** 15n), 2n ** 15n - 1n],
  4: [-(2n ** 31n), 2n ** 31n - 1n],
  8: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** int2, int4, int8: INTEGER values within the range; texts and reals are refused, whatever they look like. */
export function encodeInteger(width: Width): (type: TargetType) => Encode {
  const [lowest, highest] = RANGES[width];
  const write = WRITERS[width];
  return (type) => {
    const refusal = `outside the range of ${type.sql}`;
    return (value, out) => {
      if (typeof value !== 'bigint') return wrongClass(value, type);
      if (value < lowest || value > highest) return refusal;
      write(value, out);
      return undefined;
    };
  };
}

const WRITERS: Readonly<Record<Width, (value: bigint, out: CopyWriter) => void>> = {
  2: (value, out) => {
    out.int32(2);
    out.int16(Number(value));
  },
  4: (value, out) => {
    out.int32(4);
    out.int32(Number(value));
  },
  8: (value, out) => out.int64Field(Number(value >> 32n), Number(BigInt.asIntN(32, value))),
};

const TWO_TO_32 = 0x1_0000_0000;

const PAGES: Readonly<Record<Width, PageEncoder>> = {
  2: new PageEncoder({
    integer: (value, out) => {
      if (value < -0x8000 || value > 0x7fff) return false;
      out.int32(2);
      out.int16(value);
      return true;
    },
  }),
  4: new PageEncoder({
    integer: (value, out) => {
      if (value !== (value | 0)) return false;
      out.int32(4);
      out.int32(value);
      return true;
    },
  }),
  8: new PageEncoder({
    integer: (value, out) => {
      const high = Math.floor(value / TWO_TO_32);
      out.int64Field(high, value - high * TWO_TO_32);
      return true;
    },
  }),
};

export function pageInteger(width: Width): () => PageEncoder {
  return () => PAGES[width];
}
