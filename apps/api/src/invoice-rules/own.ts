import Big from 'big.js';
import { minorUnits } from '../code-lists/currencies.ts';
import { neededScale } from '../money/scale.ts';
import { at, type Rule } from './rule.ts';
import { adjustments, lines } from './walk.ts';

/** What the standards take for granted, and a request can still get wrong. */
export const OWN_RULES: readonly Rule[] = [
  {
    id: 'VATEVO-01',
    source: 'Vatevo',
    severity: 'fatal',
    message: 'An amount has no more decimals than its currency (ISO 4217)',
    broken(document) {
      const decimals = minorUnits(document.currency);
      const isTooFine = (amount: string | undefined) =>
        amount !== undefined && neededScale(new Big(amount)) > decimals;
      return [
        ...lines(document, 'line_total', ({ net }) => isTooFine(net)),
        ...adjustments(document, 'allowances', 'amount', ({ amount }) => isTooFine(amount)),
        ...adjustments(document, 'charges', 'amount', ({ amount }) => isTooFine(amount)),
        ...at('prepaid_amount', isTooFine(document.totals.prepaid)),
        ...at('rounding_amount', isTooFine(document.totals.rounding)),
      ];
    },
  },
  {
    id: 'VATEVO-02',
    source: 'Vatevo',
    severity: 'warning',
    message:
      'What the lines state as VAT is the VAT of the document, which is computed from the sum of the lines',
    broken: ({ breakdown }) =>
      at(
        'line_items',
        breakdown.some(({ tax, statedTax }) => statedTax !== undefined && !new Big(tax).eq(statedTax)),
      ),
  },
  {
    id: 'VATEVO-03',
    source: 'Vatevo',
    severity: 'warning',
    message: 'A credit note has its due date in its payment means: without these it is not in the document',
    broken: ({ kind, dueDate, payment }) =>
      at('due_date', kind === 'credit note' && dueDate !== undefined && payment === undefined),
  },
];
