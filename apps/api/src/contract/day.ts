import { z } from 'zod';

/** A calendar day, `2025-01-15`. */
export const day = z.iso.date({ error: 'Input should be a calendar day, YYYY-MM-DD' });
