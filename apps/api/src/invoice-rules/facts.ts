import Big from 'big.js';
import type { InvoiceDocument, VatCategory, VatGroup } from '../invoice-document/document.ts';

/** What many rules ask of a document, found once: no rule may cost more than one walk over its lines. */
export interface Facts {
  /** The categories of lines, allowances and charges. */
  readonly lineCategories: ReadonlySet<string>;
  readonly allowanceCategories: ReadonlySet<string>;
  readonly chargeCategories: ReadonlySet<string>;
  /** The groups of the breakdown by category, each with its index. */
  readonly groups: ReadonlyMap<string, readonly (VatGroup & { readonly index: number })[]>;
  /** Σ lines − Σ allowances + Σ charges by category. */
  taxableOf(category: string): Big;
  /** The same by category and rate. */
  taxableAt(category: VatCategory): Big;
  readonly sumOfLines: Big;
  readonly sumOfAllowances: Big;
  readonly sumOfCharges: Big;
  /** The country whose rules count for the seller (Peppol): of the VAT identifier, else of the address. */
  readonly sellerCountry: string;
}

const ZERO = new Big(0);

/** Rates are written without an exponent, and without zeros at their end: equal ones are the same text. */
const rateOf = ({ category, rate = '0' }: VatCategory) => `${category} ${rate}`;

class Sums {
  readonly #sums = new Map<string, Big>();

  add(key: string, amount: Big): void {
    this.#sums.set(key, (this.#sums.get(key) ?? ZERO).plus(amount));
  }

  get(key: string): Big {
    return this.#sums.get(key) ?? ZERO;
  }
}

function sellerCountry({ seller, taxRepresentative }: InvoiceDocument): string {
  const prefix = (seller.vatId ?? taxRepresentative?.vatId)?.trim().slice(0, 2);
  return (prefix ?? seller.address.country).toUpperCase();
}

export function factsOf(document: InvoiceDocument): Facts {
  const { lines, allowances, charges, breakdown } = document;
  const byCategory = new Sums();
  const byRate = new Sums();
  const totals = [ZERO, ZERO, ZERO];
  const add = (total: number, taxed: VatCategory, amount: Big, sign: 1 | -1) => {
    totals[total] = (totals[total] ?? ZERO).plus(amount);
    const signed = sign === 1 ? amount : amount.times(-1);
    byCategory.add(taxed.category, signed);
    byRate.add(rateOf(taxed), signed);
  };
  for (const line of lines) add(0, line, new Big(line.net), 1);
  for (const allowance of allowances) add(1, allowance, new Big(allowance.amount), -1);
  for (const charge of charges) add(2, charge, new Big(charge.amount), 1);

  const groups = new Map<string, (VatGroup & { index: number })[]>();
  for (const [index, group] of breakdown.entries()) {
    const same = groups.get(group.category) ?? [];
    same.push({ ...group, index });
    groups.set(group.category, same);
  }
  const categories = (taxed: readonly VatCategory[]) => new Set(taxed.map(({ category }) => category));
  return {
    lineCategories: categories(lines),
    allowanceCategories: categories(allowances),
    chargeCategories: categories(charges),
    groups,
    taxableOf: (category) => byCategory.get(category),
    taxableAt: (category) => byRate.get(rateOf(category)),
    sumOfLines: totals[0] ?? ZERO,
    sumOfAllowances: totals[1] ?? ZERO,
    sumOfCharges: totals[2] ?? ZERO,
    sellerCountry: sellerCountry(document),
  };
}
