import { z } from 'zod';
import { integerText, MAX_ID } from './integer.ts';

/** The most that one page may hold. */
const MAX_PAGE = 1000;
/** How many may be passed over. */
const MAX_SKIP = 2_147_483_647;
/** Bytes of text after which a page of invoices ends: some thousand ordinary ones are less. */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;

export const invoiceStatus = z.enum(['draft', 'validated', 'submitted', 'accepted', 'rejected', 'failed']);
export type InvoiceStatus = z.infer<typeof invoiceStatus>;

const wholeNumber = (most: number) =>
  integerText
    .refine((value) => value >= 0n, {
      error: 'Input should be greater than or equal to 0',
      params: { type: 'greater_than_equal' },
      abort: true,
    })
    .refine((value) => value <= BigInt(most), {
      error: `Input should be less than or equal to ${most}`,
      params: { type: 'less_than_equal' },
    })
    .transform(Number);

/** What clients are told of such a number; it arrives as text. */
const described = (most: number) => ({ type: 'integer', minimum: 0, maximum: most }) as const;

/** A parameter given more than once counts with its last value. */
const lastOf = (value: unknown) => (Array.isArray(value) ? value.at(-1) : value);

/** How many a page may hold. */
export const pageSize = (description: string) =>
  z.preprocess(lastOf, wholeNumber(MAX_PAGE).default(100)).meta({ ...described(MAX_PAGE), description });

/** An id behind which a page begins. */
export const position = (description: string) =>
  z.preprocess(lastOf, wholeNumber(MAX_ID).optional()).meta({ ...described(MAX_ID), description });

/** One of a few words; `status=` with nothing after it asks for all of them. */
export const wordOrAll = <Words extends z.ZodType>(words: Words) =>
  z.preprocess((value) => lastOf(value) || undefined, words.optional());

/** Query of `GET /invoices`: pages by `skip`, or by `after`, whose cost does not grow with the page's number. */
export const listQuery = z.object({
  skip: z.preprocess(lastOf, wholeNumber(MAX_SKIP).default(0)).meta({
    ...described(MAX_SKIP),
    description: 'How many invoices to pass over; `after` is cheaper',
  }),
  limit: pageSize('The most invoices to list, 100 when left out'),
  after: position('Only invoices of a greater id: the last one of the page before'),
  status: wordOrAll(invoiceStatus),
});
