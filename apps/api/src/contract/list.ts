import { z } from 'zod';

/** A list of which a request may hold `maxItems` (see `src/http/limits.ts`); what is stored is read whatever its length. */
export const listUpTo = <Item extends z.ZodType>(maxItems: number, item: Item) =>
  z.array(item).meta({ maxItems });
