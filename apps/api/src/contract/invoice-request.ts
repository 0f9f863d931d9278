import { z } from 'zod';
import { amount } from './amount.ts';
import { instant } from './instant.ts';
import { documentDetails, lineDetails, partyDetails } from './invoice-details.ts';
import { listUpTo } from './list.ts';
import { prose, text, textUpTo } from './text.ts';

/** The countries the service issues invoices for. */
export const countryCode = z.enum(['DE', 'IT', 'FR', 'ES', 'NL', 'BE', 'AT']);

/** Missing and null are the same; both are stored as null. */
const optionalText = text.nullish().transform((value) => value ?? null);

const address = { address: text, city: text, postal_code: text, country: text };

export const supplier = z.object({
  name: text,
  vat_id: text,
  ...address,
  email: optionalText,
  phone: optionalText,
  ...partyDetails,
  tax_registration: text.nullish().meta({ description: 'Tax registration other than for VAT (BT-32)' }),
});

export const customer = z.object({
  name: text,
  vat_id: optionalText,
  ...address,
  email: optionalText,
  ...partyDetails,
});

export const lineItem = z.object({
  description: prose,
  quantity: z.number(),
  unit_price: amount,
  tax_rate: z.number(),
  tax_amount: amount,
  line_total: amount,
  ...lineDetails,
});

/** The most lines of an invoice: the rules look at each of them, and others wait meanwhile. */
const MAX_LINES = 1000;

/** Body of `POST /invoices`. Fields it does not name are ignored. */
export const invoiceRequest = z.object({
  external_id: textUpTo(255),
  country_code: countryCode,
  invoice_number: textUpTo(100),
  issue_date: instant,
  due_date: instant.nullish().transform((value) => value ?? null),
  currency: text.default('EUR'),
  supplier,
  customer,
  line_items: listUpTo(MAX_LINES, lineItem),
  submit_immediately: z.boolean().default(false),
  ...documentDetails.shape,
});

/** What `POST /validate` does not need counts as missing when it is malformed: clients may send anything there. */
const ifWellFormed = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().catch(null);

/** Body of `POST /validate`: of an invoice what is there to validate. */
export const validationRequest = z.object({
  country_code: countryCode,
  supplier,
  customer,
  line_items: listUpTo(MAX_LINES, lineItem),
  invoice_number: ifWellFormed(textUpTo(100)),
  issue_date: ifWellFormed(instant),
  due_date: ifWellFormed(instant),
  currency: ifWellFormed(text),
  ...documentDetails.shape,
});

export type Supplier = z.infer<typeof supplier>;
export type Customer = z.infer<typeof customer>;
export type LineItem = z.infer<typeof lineItem>;
export type InvoiceRequest = z.infer<typeof invoiceRequest>;
export type ValidationRequest = z.infer<typeof validationRequest>;
