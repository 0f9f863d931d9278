import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

type Pair = readonly [key: string, value: string | null];

/** A pair and what stands before it: quoted texts in which `\` stands before `"` and `\` alone, or plain words. */
const PAIR =
  /\s*(?:"((?:[^"\\]|\\["\\])*)"|([A-Za-z0-9_]+))\s*=>\s*(?:"((?:[^"\\]|\\["\\])*)"|([A-Za-z0-9_]+))\s*(?:,(?=\s*["A-Za-z0-9_])|$)/y;
const MEMBER = /\s*("(?:[^"\\]|\\.)*")\s*:\s*("(?:[^"\\]|\\.)*"|null)\s*(?:,(?=\s*")|$)/y;

/** hstore: `"a"=>"1", b=>NULL`, or `{"a": "1", "b": null}`. Of a key that stands there twice the server keeps one. */
export function encodeHstore(type: TargetType): Encode {
  return (value, out) => {
    if (typeof value !== 'string') return wrongClass(value, type);
    if (value.includes('\0') || /\\u0000/.test(value)) return 'text with a NUL character';
    const pairs = /^\s*\{/.test(value) ? readJson(value) : readPairs(value);
    if (pairs === undefined) return 'neither pairs of hstore nor a JSON object of texts';
    if (new Set(pairs.map(([key]) => key)).size < pairs.length) return 'a key that stands there twice';
    if (pairs.flat().some((part) => part !== null && !part.isWellFormed()))
      return 'text with half a character';
    const parts: Buffer[] = [int32(pairs.length)];
    for (const [key, held] of pairs) {
      const name = Buffer.from(key);
      parts.push(int32(name.length), name);
      if (held === null) parts.push(int32(-1));
      else {
        const bytes = Buffer.from(held);
        parts.push(int32(bytes.length), bytes);
      }
    }
    out.bytesField(Buffer.concat(parts));
    return undefined;
  };
}

function readPairs(text: string): Pair[] | undefined {
  return readAll(text, PAIR, ([, key, bareKey = '', value, bareValue = '']) => {
    const plain = (quoted: string) => quoted.replaceAll(/\\(.)/gs, '$1');
    const held = value === undefined ? (/^null$/i.test(bareValue) ? null : bareValue) : plain(value);
    return [key === undefined ? bareKey : plain(key), held];
  });
}

function readJson(text: string): Pair[] | undefined {
  const inner = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (inner === undefined) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return readAll(inner, MEMBER, ([, key = '', value = '']) => [JSON.parse(key), JSON.parse(value)]);
}

function readAll(text: string, part: RegExp, read: (found: RegExpExecArray) => Pair): Pair[] | undefined {
  const pairs: Pair[] = [];
  if (text.trim() === '') return pairs;
  for (part.lastIndex = 0; part.lastIndex < text.length; ) {
    const found = part.exec(text);
    if (found === null) return undefined;
    pairs.push(read(found));
  }
  return pairs;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
