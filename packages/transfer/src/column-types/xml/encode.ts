import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

const NAME = '[A-Za-z_][A-Za-z0-9_.-]*';
const VALUE = `"[^<"]*"|'[^<']*'`;
const PIECE = new RegExp(
  [
    '(?<text>[^<]+)',
    '<!--(?:(?!--)[^])*-->',
    '<!\\[CDATA\\[(?:(?!\\]\\]>)[^])*\\]\\]>',
    `<(?<open>${NAME})(?<attributes>(?:\\s+${NAME}\\s*=\\s*(?:${VALUE}))*)\\s*(?<empty>/?)>`,
    `</(?<close>${NAME})\\s*>`,
  ].join('|'),
  'y',
);
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(${VALUE})`, 'g');
const REFERENCE = /&(?!(?:lt|gt|amp|quot|apos|#[1-9]\d{0,4}|#x[1-9a-fA-F][0-9a-fA-F]{0,3});)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no others.
const NO_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/**
 * xml: content that is well formed, kept as it is written. Declarations, document types, processing instructions and
 * prefixes of namespaces are refused: what the server keeps of them depends on what stands in them.
 */
export function encodeXml(type: TargetType): Encode {
  return (value, out) => {
    if (typeof value !== 'string') return wrongClass(value, type);
    if (!isWellFormed(value)) return 'not well-formed XML without declarations and namespaces';
    out.textField(value);
    return undefined;
  };
}

function isWellFormed(text: string): boolean {
  if (NO_CHARACTER.test(text)) return false;
  const around: string[] = [];
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const found = PIECE.exec(text);
    if (found === null) return false;
    const { text: words = '', open, attributes = '', empty, close } = found.groups ?? {};
    if (words.includes(']]>') || REFERENCE.test(words) || REFERENCE.test(attributes)) return false;
    if (open !== undefined) {
      const names = [...attributes.matchAll(ATTRIBUTE)].map(([, name]) => name);
      if (new Set(names).size !== names.length) return false;
      if (empty === '') around.push(open);
    }
    if (close !== undefined && around.pop() !== close) return false;
  }
  return around.length === 0;
}
