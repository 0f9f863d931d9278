import { z } from 'zod';

/**
 * Whether both databases can hold `value` unaltered: PostgreSQL refuses U+0000,
 * and a surrogate without its partner has no UTF-8 form at all.
 *
 * @example isStorable('naïve 🚀') // true
 * @example isStorable('\ud800')   // false
 */
function isStorable(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}

const storable = z.string().refine(isStorable, {
  error: 'Input should hold neither U+0000 nor a lone surrogate',
  params: { type: 'string_unicode' },
});

/**
 * Any text that both databases can hold, the empty one included. A request's may have `maxLength` characters (see
 * `src/http/limits.ts`); what is stored is read whatever its length.
 */
export const textUpTo = (maxLength: number) => storable.meta({ maxLength });

/** A name, a code, a line of an address. */
export const text = textUpTo(1000);

/** Sentences, written for people. */
export const prose = textUpTo(10_000);
