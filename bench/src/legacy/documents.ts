import { cents } from './money.ts';
import { PythonFloat, type PythonValue } from './python-json.ts';
import type { Random } from './random.ts';
import { CITIES, COMPANIES, PRODUCTS, STREETS, TAX_RATES } from './words.ts';

/** A supplier or customer as it stands in the row. */
export interface Party {
  readonly [key: string]: PythonValue;
  readonly name: string;
  readonly vat_id: string;
  readonly address: string;
  readonly city: string;
  readonly postal_code: string;
  readonly country: string;
}

export function party(country: string, random: Random, isSupplier: boolean): Party {
  return {
    name: random.pick(COMPANIES),
    vat_id: `${country}${random.between(100_000_000, 999_999_999)}`,
    address: `${random.pick(STREETS)} ${random.between(1, 240)}`,
    city: random.pick(CITIES),
    postal_code: String(random.between(10_000, 99_999)),
    country,
    email: random.chance(0.4) ? `ap${random.below(10_000)}@example.com` : null,
    ...(isSupplier && { phone: random.chance(0.3) ? `+49 30 ${random.between(100_000, 999_999)}` : null }),
  };
}

export interface Line {
  /** As it stands in `line_items`. */
  readonly document: PythonValue;
  readonly description: string;
  readonly quantity: number;
  readonly rate: number;
  /** In cents. */
  readonly price: number;
  readonly total: number;
  readonly tax: number;
}

export function lineItem(random: Random): Line {
  const description = random.pick(PRODUCTS);
  // Quarters, so that products stay exact.
  const quantity = random.between(1, 40) / 4;
  const price = random.between(100, 99_999);
  const rate = random.pick(TAX_RATES);
  const total = Math.round(price * quantity);
  const tax = Math.round((total * rate) / 100);
  const document = {
    description,
    quantity: new PythonFloat(quantity),
    unit_price: cents(price),
    tax_rate: new PythonFloat(rate),
    tax_amount: cents(tax),
    line_total: cents(total),
  };
  return { document, description, quantity, rate, price, total, tax };
}
