import { CopyWriter } from '../encode/copy-writer.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode, EncodeOptions, Refusal } from '../encode/types.ts';
import type { SqliteValue, TargetType } from '../types.ts';

const NOT_AN_ARRAY = 'not an array in JSON';
/** PostgreSQL's MAXDIM. */
const MAX_DIMENSIONS = 6;
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none in its strings.
  /\s*(?:([[\],])|("(?:[^"\\\0-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))\s*/y;

type Nested = SqliteValue | Nested[];
type EncodeElement = (type: TargetType, options: EncodeOptions) => Encode;

/**
 * An array of any type that values can be carried into: a JSON array, whose elements are to the type what the same value in
 * a column of its own would be. Arrays in it are dimensions, and as long as each other.
 */
export function encodeArray(
  encodeElement: EncodeElement,
): (type: TargetType, options: EncodeOptions) => Encode {
  return (type, options) => {
    const { element } = type;
    if (element === undefined) throw new Error(`${type.sql} is no array`);
    const encode = encodeElement(element, options);
    const elements = new CopyWriter(256);
    return (value, out) => {
      if (typeof value !== 'string') return wrongClass(value, type);
      const array = parse(value);
      if (array === undefined) return NOT_AN_ARRAY;
      const lengths = dimensions(array);
      if (lengths === undefined) return 'an array whose parts are not as long as each other';
      elements.rewind();
      const counted = { missing: false };
      const refusal = lengths.length === 0 ? undefined : write(array, encode, elements, counted);
      if (refusal) return `an array in which one is ${refusal}`;
      const head = Buffer.alloc(12 + 8 * lengths.length);
      head.writeInt32BE(lengths.length);
      head.writeInt32BE(counted.missing ? 1 : 0, 4);
      head.writeUInt32BE(element.oid ?? 0, 8);
      for (const [i, length] of lengths.entries()) {
        head.writeInt32BE(length, 12 + 8 * i);
        head.writeInt32BE(1, 16 + 8 * i);
      }
      out.bytesField(Buffer.concat([head, elements.buffer.subarray(0, elements.position)]));
      return undefined;
    };
  };
}

function write(array: Nested[], encode: Encode, out: CopyWriter, counted: { missing: boolean }): Refusal {
  for (const item of array) {
    if (Array.isArray(item)) {
      const refusal = write(item, encode, out, counted);
      if (refusal) return refusal;
    } else if (item === null) {
      counted.missing = true;
      out.null();
    } else {
      const refusal = encode(item, out);
      if (refusal) return refusal;
    }
  }
  return undefined;
}

/** None for an array that is empty; undefined where PostgreSQL has no such array. */
function dimensions(array: Nested[]): number[] | undefined {
  const lengths: number[] = [];
  let level: Nested[] = array;
  for (;;) {
    lengths.push(level.length);
    const [first] = level;
    if (!Array.isArray(first)) break;
    if (lengths.length === MAX_DIMENSIONS) return undefined;
    level = first;
  }
  if (lengths.length === 1 && lengths[0] === 0) return [];
  return lengths.includes(0) || !isEven(array, lengths) ? undefined : lengths;
}

function isEven(array: Nested[], [length, ...inner]: readonly number[]): boolean {
  if (array.length !== length) return false;
  return array.every((item) =>
    Array.isArray(item) ? inner.length > 0 && isEven(item, inner) : inner.length === 0,
  );
}

/** Numbers that are whole are integers, as large as they may be. */
function parse(text: string): Nested[] | undefined {
  TOKEN.lastIndex = 0;
  const around: Nested[][] = [];
  let whole: Nested[] | undefined;
  let wantsValue = true;
  let isFirst = false;
  while (TOKEN.lastIndex < text.length) {
    if (whole !== undefined && around.length === 0) return undefined;
    const found = TOKEN.exec(text);
    if (found === null) return undefined;
    const [, mark, string, number, word] = found;
    const parent = around.at(-1);
    if (mark === ',' || mark === ']') {
      if (parent === undefined || (wantsValue && !(isFirst && mark === ']'))) return undefined;
      if (mark === ']') around.pop();
      wantsValue = mark === ',';
      isFirst = false;
      continue;
    }
    if (!wantsValue) return undefined;
    if (mark === '[') {
      const array: Nested[] = [];
      if (parent === undefined) whole = array;
      else parent.push(array);
      around.push(array);
      isFirst = true;
      continue;
    }
    if (parent === undefined) return undefined;
    parent.push(string === undefined ? scalar(number, word) : (JSON.parse(string) as string));
    wantsValue = isFirst = false;
  }
  return around.length === 0 ? whole : undefined;
}

function scalar(number: string | undefined, word: string | undefined): SqliteValue {
  if (number !== undefined)
    return /^-?\d+$/.test(number) && number !== '-0' ? BigInt(number) : Number(number);
  return word === 'null' ? null : word === 'true' ? 1n : 0n;
}
