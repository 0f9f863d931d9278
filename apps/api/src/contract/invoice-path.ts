import { z } from 'zod';
import { idInPath } from './integer.ts';

/** The path of one invoice. */
export const invoicePath = z.object({ invoice_id: idInPath });
