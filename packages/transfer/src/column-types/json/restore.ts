import { asText } from '../restore/as-text.ts';
import { JSON_WRITERS, jsonForms } from '../restore/json-text.ts';
import type { Forms, Restore, RestoredColumn } from '../restore/types.ts';

const BINARY = ['binary-json'] as const;
const BYTES = ['blob'] as const;
const SCALAR = ['compact', 'spaced', 'text'] as const;
const VERBATIM = ['text'] as const;

/** As texts that are spaced as those of the file; json keeps the text as it is, so that nothing is to be done. */
export function restoreJson(isVerbatim: boolean): Restore {
  return {
    ...asText,
    forms: ({ decision = {} }: RestoredColumn): Forms | undefined => {
      const { blobs } = decision;
      if (isVerbatim && blobs === undefined) return undefined;
      return {
        byClass: isVerbatim,
        of: (stored) => {
          if (stored instanceof Uint8Array) return blobs === 'binary-json' ? BINARY : BYTES;
          if (typeof stored !== 'string') return SCALAR;
          return isVerbatim ? VERBATIM : jsonForms(stored);
        },
        writer: (form) => {
          if (form === 'binary-json' && blobs === form)
            return { store: (printed) => printed, bind: 'jsonb(?)' };
          if (form === 'blob' && blobs === 'text')
            return { store: (printed) => Buffer.from(printed, 'utf8') };
          const write = Object.hasOwn(JSON_WRITERS, form) ? JSON_WRITERS[form] : undefined;
          return write && (!isVerbatim || form === 'text') ? { store: write } : undefined;
        },
      };
    },
  };
}
