import type { Canonical, DigestSql } from '../canonical/types.ts';

export const canonicalMoney: Canonical = {
  print: () => (value) => {
    if (value instanceof Uint8Array) return undefined;
    const [whole = '', fraction = ''] = String(value).split('.');
    const text = `${whole.replace(/^(-?)0+(?=\d)/, '$1')}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
    return text === '-0.00' ? '0.00' : text;
  },
};

/** As a number: the symbol and the digits behind the point are the server's own, and an amount must not change with them. */
export const moneySql: DigestSql = {
  printed: (value) => `${value}::numeric::text`,
  digested: (value) => `${value}::numeric::text`,
  read: (printed) => `${printed}::numeric::money`,
};
