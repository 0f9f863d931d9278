import { z } from 'zod';
import { integerText, MAX_INTEGER } from './integer.ts';

/** The most invoices one page may hold. */
export const MAX_PAGE = 1000;

export const invoiceStatus = z.enum(['draft', 'validated', 'submitted', 'accepted', 'rejected', 'failed']);
export type InvoiceStatus = z.infer<typeof invoiceStatus>;

const between = (fallback: number, most: number) =>
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
    .transform(Number)
    .default(fallback);

/** A parameter given more than once counts with its last value. */
const lastOf = (value: unknown) => (Array.isArray(value) ? value.at(-1) : value);

/** Query of `GET /invoices`. */
export const listQuery = z.object({
  skip: z.preprocess(lastOf, between(0, MAX_INTEGER)),
  limit: z.preprocess(lastOf, between(100, MAX_PAGE)),
  // `status=` with nothing after it asks for every status.
  status: z.preprocess((value) => lastOf(value) || undefined, invoiceStatus.optional()),
});

export type ListQuery = z.infer<typeof listQuery>;
