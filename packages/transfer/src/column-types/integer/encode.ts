import { type Encode, type TargetType, wrongClass } from '../types.ts';

const RANGES: Record<string, readonly [bigint, bigint]> = {
  int2: [-(2n ** 15n), 2n ** 15n - 1n],
  int4: [-(2n ** 31n), 2n ** 31n - 1n],
  int8: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** int2, int4, int8: INTEGER values within the range; texts and reals are refused, whatever they look like. */
export function integerCodec(type: TargetType): Encode {
  const [lowest, highest] = RANGES[type.name] as readonly [bigint, bigint];
  const refusal = `outside the range of ${type.sql}`;
  const write = WRITERS[type.name] as (value: bigint, out: Parameters<Encode>[1]) => void;
  return (value, out) => {
    if (typeof value !== 'bigint') return wrongClass(value, type);
    if (value < lowest || value > highest) return refusal;
    write(value, out);
    return undefined;
  };
}

const WRITERS: Record<string, (value: bigint, out: Parameters<Encode>[1]) => void> = {
  int2: (value, out) => {
    out.int32(2);
    out.int16(Number(value));
  },
  int4: (value, out) => {
    out.int32(4);
    out.int32(Number(value));
  },
  int8: (value, out) => out.int64Field(Number(value >> 32n), Number(BigInt.asIntN(32, value))),
};
