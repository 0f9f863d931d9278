import { asText } from '../restore/as-text.ts';
import { JSON_WRITERS, jsonForms } from '../restore/json-text.ts';
import type { Forms, Restore } from '../restore/types.ts';

const PAIR = /"((?:[^"\\]|\\.)*)"=>(?:"((?:[^"\\]|\\.)*)"|NULL)/gs;
/** Its own text, as the server prints it. */
const PRINTED = /^(?:"(?:[^"\\]|\\["\\])*"=>(?:"(?:[^"\\]|\\["\\])*"|NULL)(?:, (?=")|$))*$/s;
const PAIRS = ['pairs'] as const;
const NONE = [] as const;

const FORMS: Forms = {
  byClass: false,
  of: (stored) => {
    if (typeof stored !== 'string') return NONE;
    if (/^\s*\{/.test(stored)) return jsonForms(stored);
    return PRINTED.test(stored) ? PAIRS : NONE;
  },
  usual: PAIRS,
  writer: (form) => {
    if (form === 'pairs') return { store: (printed) => printed };
    const write = Object.hasOwn(JSON_WRITERS, form) ? JSON_WRITERS[form] : undefined;
    return write && { store: (printed) => write(toJson(printed)) };
  },
};

/** As its own text, or as JSON where the file holds that. */
export const restoreHstore: Restore = { ...asText, forms: () => FORMS };

function toJson(printed: string): string {
  const plain = (text: string) => JSON.stringify(text.replaceAll(/\\(.)/gs, '$1'));
  const members = [...printed.matchAll(PAIR)].map(
    ([, key = '', value]) => `${plain(key)}:${value === undefined ? 'null' : plain(value)}`,
  );
  return `{${members.join(',')}}`;
}
