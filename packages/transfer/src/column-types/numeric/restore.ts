import { asText } from '../restore/as-text.ts';
import { byShape } from '../restore/by-shape.ts';
import { formsOfAmount, NUMBERS, numberIn, REALS } from '../restore/number.ts';
import type { Forms, FormWriter, Restore } from '../restore/types.ts';

const TEXT = 'text';

function digitsBehind(text: string): number {
  return text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
}

/** `0.00` has at least two digits behind the point, and more where there are more. */
function formsOfText(text: string): readonly string[] {
  const digits = digitsBehind(text);
  return [digits === 0 ? '0' : `0.${'0'.repeat(digits)}`, TEXT];
}

/** A double that is written out as this decimal. */
function isSame(printed: string): (real: number) => boolean {
  const significant = printed.replace(/^-?0*\.?0*/, '').replace('.', '');
  if (significant.length <= 15) return () => true;
  const shortest = printed.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  return (real) => `${real}` === shortest;
}

function writerFor(form: string): FormWriter | undefined {
  if (form === TEXT) return { store: plain };
  if (form === NUMBERS || form === REALS)
    return { store: (printed) => plain(printed) && numberIn(form, printed, isSame(printed)) };
  const least = /^0(?:\.(0+))?$/.exec(form);
  if (least === null) return undefined;
  const [, zeros = ''] = least;
  return {
    store: (printed) => {
      if (plain(printed) === undefined) return undefined;
      const [whole = '', behind = ''] = printed.split('.');
      const digits = behind.replace(/0+$/, '').padEnd(zeros.length, '0');
      return digits === '' ? whole : `${whole}.${digits}`;
    },
  };
}

/** NaN and the infinities are no amounts in SQLite. */
function plain(printed: string): string | undefined {
  return /^-?\d+(\.\d+)?$/.test(printed) ? printed : undefined;
}

function numericForms(): Forms {
  const ofText = byShape((text) => `${digitsBehind(text)}`, formsOfText);
  return {
    byClass: false,
    of: (stored) => {
      if (typeof stored === 'string') return ofText(stored);
      return stored instanceof Uint8Array ? [] : formsOfAmount(stored);
    },
    writer: writerFor,
  };
}

/** As decimal texts, or as the numbers that the file holds. */
export const restoreNumeric: Restore = { ...asText, store: plain, forms: numericForms };
