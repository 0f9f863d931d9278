import { byShape, formsOfEither } from '../restore/by-shape.ts';
import { numericTimeForms } from '../restore/number.ts';
import type { Forms, Restore } from '../restore/types.ts';
import { microsecondsOf } from './restore-clock.ts';
import { formsOfText, shapeOfText, textWriter } from './restore-text.ts';

/**
 * As the file holds them: numbers, or texts with the marks, the zone and the digits that its texts have. In the form of our
 * own: ISO 8601 with six digits of a second's fraction, in UTC and with `Z` where the column has a zone.
 *
 * to_char would print a year before Christ like one after; `::text` tells them apart, and is then refused.
 */
export function restoreTimestamp(withZone: boolean): Restore {
  const [zone, inUtc, mark] = withZone ? ['+00', ` AT TIME ZONE 'UTC'`, 'Z'] : ['', '', ''];
  const form = withZone ? INSTANT : LOCAL;
  return {
    print: (column) =>
      `CASE WHEN ${column} BETWEEN '0001-01-01 00:00:00${zone}' AND '9999-12-31 23:59:59.999999${zone}'
            THEN to_char(${column}${inUtc}, 'YYYY-MM-DD"T"HH24:MI:SS.US"${mark}"') ELSE ${column}::text END`,
    store: (printed) => (form.test(printed) ? printed : undefined),
    forms: ({ type, numericTimes, zone: named }): Forms => {
      const numbers =
        numericTimes &&
        numericTimeForms({
          policy: numericTimes,
          digits: type.fractionDigits ?? 6,
          microseconds: (printed) => (form.test(printed) ? microsecondsOf(printed) : undefined),
        });
      const ofText = byShape(shapeOfText, formsOfText);
      return {
        ...formsOfEither(ofText, numbers),
        writer: (name) => {
          const write = textWriter(name, withZone ? named : undefined);
          if (write === undefined) return numbers?.writer(name);
          return { store: (printed) => (form.test(printed) ? write(printed) : undefined) };
        },
      };
    },
  };
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;
