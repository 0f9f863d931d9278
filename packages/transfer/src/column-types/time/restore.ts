import { asText } from '../restore/as-text.ts';
import { byShape, formsOfEither } from '../restore/by-shape.ts';
import { FRACTION_FORM, fractionForms, shapeOfFraction, writeFraction } from '../restore/fraction.ts';
import type { Forms, Restore } from '../restore/types.ts';

const TEXT = /^\d\d:\d\d(:\d\d(?:\.(\d+))?)?$/;
const PRINTED = /^((?:[01]\d|2[0-3]):\d\d)(:\d\d)(?:\.(\d+))?$/;
const FORM = new RegExp(`^HH:MM(:SS${FRACTION_FORM})?$`);

function shapeOfText(text: string): string {
  const [found, seconds, digits] = TEXT.exec(text) ?? [];
  return `${found === undefined} ${seconds === undefined} ${shapeOfFraction(digits)}`;
}

function formsOfText(text: string): readonly string[] {
  const [found, seconds, digits] = TEXT.exec(text) ?? [];
  if (found === undefined) return [];
  return seconds === undefined ? ['HH:MM'] : fractionForms(digits).map((fraction) => `HH:MM:SS${fraction}`);
}

const timeForms = (): Forms => {
  const ofText = byShape(shapeOfText, formsOfText);
  return {
    ...formsOfEither(ofText, undefined),
    writer: (form) => {
      const found = FORM.exec(form);
      if (found === null) return undefined;
      const [, seconds, fraction = ''] = found;
      return {
        // A clock of SQLite has no 24:00.
        store: (printed) => {
          const [time, minutes = '', second = '', digits = ''] = PRINTED.exec(printed) ?? [];
          if (time === undefined) return undefined;
          const isWhole = second === ':00' && /^0*$/.test(digits);
          if (seconds === undefined && isWhole) return minutes;
          return minutes + second + writeFraction(digits, fraction);
        },
      };
    },
  };
};

export const restoreTime: Restore = { ...asText, forms: timeForms };
