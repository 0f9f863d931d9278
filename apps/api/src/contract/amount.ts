import { z } from 'zod';

const AMOUNT = /^-?\d{1,15}(\.\d{1,4})?$/;

/**
 * An amount of money as clients write it: a decimal string with at most 15
 * digits before the point and 4 after it. A JSON number is refused, since it
 * has passed through binary floating point somewhere.
 *
 * @example amount.parse('2101.12') // '2101.12'
 */
export const amount = z.string().regex(AMOUNT, {
  error: 'Input should be a decimal string with at most 15 digits before the point and 4 after it',
});
