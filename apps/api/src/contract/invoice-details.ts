import { z } from 'zod';
import { amount } from './amount.ts';
import { day } from './day.ts';
import { listUpTo } from './list.ts';
import { prose, text } from './text.ts';

/**
 * What an invoice may say beyond the fields that every client sends. All of it is optional, null counts as
 * missing; the terms in brackets are those of EN 16931-1.
 */

/** The most allowances, charges or preceding invoices in one list. */
const MAX_LIST = 500;

/** An identifier and the scheme that it is of. */
const identifier = (scheme: string) =>
  z.object({ id: text, scheme: text.nullish().meta({ description: `The code of its scheme: ${scheme}` }) });

const icd = identifier('ISO/IEC 6523');

/** Fields of a seller and of a buyer. */
export const partyDetails = {
  endpoint: identifier('EAS').nullish().meta({ description: 'Electronic address (BT-34, BT-49)' }),
  identifier: icd.nullish().meta({ description: 'Identifier of the party (BT-29, BT-46)' }),
  legal_id: icd.nullish().meta({ description: 'Legal registration (BT-30, BT-47)' }),
  contact_name: text.nullish().meta({ description: 'Contact point (BT-41, BT-56)' }),
};

const taxCategory = {
  tax_category: text.nullish().meta({
    description: 'VAT category: S Z E AE K G O L M B (UNTDID 5305); by the rate, S or Z, when missing',
  }),
};

const adjustment = {
  amount,
  base_amount: amount.nullish(),
  percentage: amount.nullish().meta({ description: 'Percent of the base amount' }),
  reason: text.nullish(),
  reason_code: text.nullish().meta({ description: 'UNTDID 5189 of an allowance, UNTDID 7161 of a charge' }),
};

/** An allowance or a charge on one line (BG-27, BG-28); the line's total already holds it. */
const lineAdjustment = z.object(adjustment);

/** An allowance or a charge on the whole document (BG-20, BG-21). */
const documentAdjustment = z.object({ ...adjustment, tax_rate: z.number(), ...taxCategory });

const period = z.object({ start_date: day.nullish(), end_date: day.nullish() });

/** Fields of a line. */
export const lineDetails = {
  ...taxCategory,
  tax_exemption_reason: text.nullish().meta({ description: 'Why there is no VAT, in words (BT-120)' }),
  tax_exemption_reason_code: text.nullish().meta({ description: 'Why there is no VAT: VATEX (BT-121)' }),
  unit_code: text
    .nullish()
    .meta({ description: 'UN/ECE Recommendation 20 or 21; C62 when missing (BT-130)' }),
  base_quantity: z.number().nullish().meta({ description: 'How many units the price is for (BT-149)' }),
  gross_price: amount.nullish().meta({ description: 'Price before its discount (BT-148)' }),
  allowances: listUpTo(MAX_LIST, lineAdjustment).nullish(),
  charges: listUpTo(MAX_LIST, lineAdjustment).nullish(),
  period: period.nullish(),
  note: prose.nullish(),
  purchase_order_line: text.nullish().meta({ description: 'Line of the purchase order (BT-132)' }),
  seller_item_id: text.nullish().meta({ description: "Seller's identifier of the item (BT-155)" }),
  standard_item_id: icd
    .nullish()
    .meta({ description: 'Standard identifier of the item, such as a GTIN (BT-157)' }),
};

const place = { address: text.nullish(), city: text.nullish(), postal_code: text.nullish(), country: text };

const delivery = z.object({
  date: day.nullish().meta({ description: 'Actual delivery (BT-72)' }),
  name: text.nullish().meta({ description: 'Name of who it was delivered to (BT-70)' }),
  address: z.object(place).nullish().meta({ description: 'Where to (BG-15)' }),
});

const paymentMeans = z.object({
  code: text.nullish().meta({
    description: 'UNTDID 4461; when missing and there is an account, 58 for EUR and 30 for other currencies',
  }),
  iban: text.nullish().meta({ description: 'Account that is paid to, an IBAN or another number (BT-84)' }),
  bic: text.nullish(),
  account_name: text.nullish(),
  payment_reference: text.nullish().meta({ description: 'What the payer is to quote (BT-83)' }),
  card: z
    .object({ number: text, network: text.nullish(), holder: text.nullish() })
    .nullish()
    .meta({ description: 'Payment card (BG-18); of its number the last digits only' }),
  mandate: z
    .object({ reference: text.nullish(), creditor_id: text.nullish(), debited_account: text.nullish() })
    .nullish()
    .meta({ description: 'Direct debit (BG-19)' }),
});

/** Fields of the document that are stored beside parties and lines. */
export const documentDetails = z.object({
  invoice_type_code: text.nullish().meta({
    description:
      'UNTDID 1001: 380 when missing; 381 and the other credit notes become UBL credit notes (BT-3)',
  }),
  note: prose.nullish(),
  buyer_reference: text.nullish().meta({ description: 'BT-10' }),
  purchase_order_reference: text.nullish().meta({ description: 'BT-13' }),
  contract_reference: text.nullish().meta({ description: 'BT-12' }),
  tax_point_date: day.nullish().meta({ description: 'BT-7' }),
  invoice_period: period.nullish().meta({ description: 'BG-14' }),
  preceding_invoices: listUpTo(MAX_LIST, z.object({ invoice_number: text, issue_date: day.nullish() }))
    .nullish()
    .meta({ description: 'What is corrected or credited (BG-3)' }),
  delivery: delivery.nullish().meta({ description: 'BG-13' }),
  tax_representative: z
    .object({ name: text, vat_id: text, ...place })
    .nullish()
    .meta({ description: "The seller's tax representative (BG-11)" }),
  payment_means: paymentMeans.nullish().meta({ description: 'BG-16' }),
  payment_terms: prose.nullish().meta({ description: 'BT-20' }),
  allowances: listUpTo(MAX_LIST, documentAdjustment).nullish().meta({ description: 'BG-20' }),
  charges: listUpTo(MAX_LIST, documentAdjustment).nullish().meta({ description: 'BG-21' }),
  prepaid_amount: amount.nullish().meta({ description: 'BT-113' }),
  rounding_amount: amount.nullish().meta({ description: 'BT-114' }),
  tax_currency: z
    .object({ code: text, tax_amount: amount.nullish() })
    .nullish()
    .meta({ description: 'Currency of the VAT accounting and the whole VAT in it (BT-6, BT-111)' }),
});

export type DocumentDetails = z.infer<typeof documentDetails>;
export type DocumentAdjustment = z.infer<typeof documentAdjustment>;
export type LineAdjustment = z.infer<typeof lineAdjustment>;
