import { z } from 'zod';
import { integerText, MAX_INTEGER } from './integer.ts';

const inRange = (id: bigint) => id <= BigInt(MAX_INTEGER) && id >= -BigInt(MAX_INTEGER) - 1n;

/**
 * The path of one invoice. An id beyond the column's range is well-formed, only
 * that no invoice can have it: it becomes undefined.
 */
export const invoicePath = z.object({
  invoice_id: integerText.transform((id) => (inRange(id) ? Number(id) : undefined)).meta({ type: 'integer' }),
});
