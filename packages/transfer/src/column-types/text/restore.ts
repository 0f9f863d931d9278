import { asText } from '../restore/as-text.ts';
import { formsOfNumber, INTEGERS, integerOf, NUMBERS, REALS } from '../restore/number.ts';
import type { Forms, FormWriter, Restore } from '../restore/types.ts';

const TEXT = ['text'] as const;
const BYTES = ['blob'] as const;

/** Numbers, where a decision had them written out. */
const NUMBER_WRITERS: Readonly<Record<string, FormWriter>> = {
  [INTEGERS]: { store: integerOf },
  [REALS]: { store: realOf },
  [NUMBERS]: { store: (printed) => integerOf(printed) ?? realOf(printed) },
};
const WRITERS: Readonly<Record<string, FormWriter>> = {
  text: { store: (printed) => printed },
  blob: { store: (printed) => Buffer.from(printed, 'utf8') },
};

/** As texts; as bytes or numbers where a decision made texts of these. */
export const restoreText: Restore = {
  ...asText,
  forms: ({ decision = {} }): Forms | undefined => {
    const { blobs, numbers } = decision;
    if (blobs === undefined && numbers === undefined) return undefined;
    return {
      byClass: true,
      of: (stored) => {
        if (typeof stored === 'string') return TEXT;
        return stored instanceof Uint8Array ? BYTES : formsOfNumber(stored);
      },
      writer: (form) => WRITERS[form] ?? (numbers === undefined ? undefined : NUMBER_WRITERS[form]),
    };
  },
};

/** A REAL as SQLite writes it out, with a point. */
function realOf(text: string): number | undefined {
  if (!/^-?\d+\.\d+(?:e[+-]?\d+)?$/.test(text)) return undefined;
  const real = Number(text);
  const [digits = '', exponent] = (Object.is(real, -0) ? '-0' : `${real}`).split('e');
  const whole = digits.includes('.') ? digits : `${digits}.0`;
  return (exponent === undefined ? whole : `${whole}e${exponent}`) === text ? real : undefined;
}
