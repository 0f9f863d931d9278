import { asText } from '../restore/as-text.ts';
import { byShape, formsOfEither } from '../restore/by-shape.ts';
import { numericTimeForms } from '../restore/number.ts';
import type { Forms, Restore } from '../restore/types.ts';

const DAY = 'YYYY-MM-DD';
const MIDNIGHT = /^[ T]00:00(?::00(?:\.0+)?)?(?: ?(?:Z|UTC|[+-]00(?::?00)?))?$/;

/** The infinities, and days before Christ or behind the year 9999, are no dates in SQLite. */
function dayOf(printed: string): string | undefined {
  return /^\d{4}-\d\d-\d\d$/.test(printed) ? printed : undefined;
}

/** As days, as midnights, or as numbers. */
export const restoreDate: Restore = {
  ...asText,
  store: dayOf,
  forms: ({ numericTimes }): Forms => {
    const numbers =
      numericTimes &&
      numericTimeForms({
        policy: numericTimes,
        digits: 0,
        microseconds: (printed) =>
          dayOf(printed) === undefined ? undefined : BigInt(Date.parse(`${printed}T00:00:00Z`)) * 1_000n,
      });
    const behindDay = (text: string) => text.slice(DAY.length);
    const ofText = byShape(behindDay, (text) => [DAY + behindDay(text)]);
    return {
      ...formsOfEither(ofText, numbers),
      writer: (form) => {
        if (!form.startsWith(DAY)) return numbers?.writer(form);
        const behind = form.slice(DAY.length);
        if (behind !== '' && !MIDNIGHT.test(behind)) return undefined;
        return {
          store: (printed) => {
            const day = dayOf(printed);
            return day && day + behind;
          },
        };
      },
    };
  },
};
