import Big from 'big.js';
import type { DocumentTotals, VatGroup } from '../../invoice-document/document.ts';
import { at, en16931, type Rule } from '../rule.ts';
import { lines, ofDocument, ofLines } from '../walk.ts';
import { isNotTaxAtRate } from './vat-categories.ts';

/** The most decimals that an amount may have. */
const MAX_DECIMALS = 2;

/** How many decimals it has as it is written; zeros at the end count. */
const hasMoreDecimals = (amount: string | undefined): boolean => {
  const point = amount?.indexOf('.') ?? -1;
  return amount !== undefined && point >= 0 && amount.length - point - 1 > MAX_DECIMALS;
};

const differs = (amount: Big | string, wanted: Big) =>
  !wanted.round(MAX_DECIMALS, Big.roundHalfUp).eq(amount);

/** A total that is another one when nothing comes off it or on to it; a sum is rounded. */
const differsFromSum = (amount: string, of: string, ...changes: readonly (Big | undefined)[]) => {
  const given = changes.filter((change) => change !== undefined);
  if (given.length === 0) return !new Big(amount).eq(of);
  return differs(
    amount,
    given.reduce((sum, change) => sum.plus(change), new Big(of)),
  );
};

const plus = (amount: string | undefined) => (amount === undefined ? undefined : new Big(amount));
const minus = (amount: string | undefined) => plus(amount)?.times(-1);

/** Which totals there are decimals rules of, and what they are called. */
const TOTALS: readonly (readonly [
  id: string,
  total: keyof DocumentTotals,
  name: string,
  location: string,
])[] = [
  ['BR-DEC-09', 'lines', 'sum of the lines', 'line_items'],
  ['BR-DEC-10', 'allowances', 'sum of the allowances', 'allowances'],
  ['BR-DEC-11', 'charges', 'sum of the charges', 'charges'],
  ['BR-DEC-12', 'withoutTax', 'total without VAT', 'line_items'],
  ['BR-DEC-13', 'tax', 'total VAT', 'line_items'],
  ['BR-DEC-14', 'withTax', 'total with VAT', 'line_items'],
  ['BR-DEC-16', 'prepaid', 'prepaid amount', 'prepaid_amount'],
  ['BR-DEC-17', 'rounding', 'rounding amount', 'rounding_amount'],
  ['BR-DEC-18', 'payable', 'amount to pay', 'line_items'],
];

/** What is paid beforehand comes off the total; the rounding off what is to pay. */
function isNotToPay({ payable, withTax, prepaid, rounding }: DocumentTotals): boolean {
  if (rounding === undefined) return differsFromSum(payable, withTax, minus(prepaid));
  const unrounded = new Big(payable).minus(rounding).round(MAX_DECIMALS, Big.roundHalfUp);
  return differsFromSum(unrounded.toFixed(), withTax, minus(prepaid));
}

/** XPath rounds a half up, below zero, too: -0.5 is nothing, and 0.5 is one. */
function roundsToZero(number: string): boolean {
  const exact = new Big(number);
  return exact.gte('-0.5') && exact.lt('0.5');
}

/** A rate that is none when it is rounded to a whole number is none for the validators. */
function isNotTaxOf(group: VatGroup): boolean {
  const isNone = group.rate === undefined || roundsToZero(group.rate);
  return isNone ? !roundsToZero(group.tax) : isNotTaxAtRate(group);
}

const decimals = (id: string, name: string, broken: Rule['broken']) =>
  en16931(id, `The ${name} has at most two decimals`, broken);

/** How amounts add up (BR-CO-10 to 18) and how many decimals they have (BR-DEC-…). */
export const TOTALS_RULES: readonly Rule[] = [
  en16931('BR-CO-10', 'The sum of the lines is the sum of their amounts', ({ totals }, facts) =>
    at('line_items', differs(totals.lines, facts.sumOfLines)),
  ),
  en16931(
    'BR-CO-11',
    'The sum of the allowances is the sum of their amounts',
    ({ totals, allowances }, facts) =>
      at(
        'allowances',
        (totals.allowances === undefined) !== (allowances.length === 0) ||
          differs(totals.allowances ?? '0', facts.sumOfAllowances),
      ),
  ),
  en16931('BR-CO-12', 'The sum of the charges is the sum of their amounts', ({ totals, charges }, facts) =>
    at(
      'charges',
      (totals.charges === undefined) !== (charges.length === 0) ||
        differs(totals.charges ?? '0', facts.sumOfCharges),
    ),
  ),
  en16931('BR-CO-13', 'The total without VAT is lines less allowances plus charges', ({ totals }) =>
    at(
      'line_items',
      differsFromSum(totals.withoutTax, totals.lines, minus(totals.allowances), plus(totals.charges)),
    ),
  ),
  en16931('BR-CO-14', 'The total VAT is the sum of the VAT breakdown', ({ totals, breakdown }) =>
    at(
      'line_items',
      differs(
        totals.tax,
        breakdown.reduce((sum, { tax }) => sum.plus(tax), new Big(0)),
      ),
    ),
  ),
  en16931(
    'BR-CO-15',
    'The total with VAT is the total without it plus the VAT, of which there is one in the currency',
    (document) => [
      ...at(
        'line_items',
        differs(document.totals.withTax, new Big(document.totals.withoutTax).plus(document.totals.tax)),
      ),
      ...at(
        'tax_currency.code',
        document.taxCurrency?.taxAmount !== undefined && document.taxCurrency.code === document.currency,
      ),
    ],
  ),
  en16931(
    'BR-CO-16',
    'What is to pay is the total with VAT less what is prepaid plus the rounding',
    ({ totals }) => at('line_items', isNotToPay(totals)),
  ),
  en16931('BR-CO-17', 'The VAT of each category is its taxable amount at its rate', ({ breakdown }) =>
    breakdown.flatMap((group) => at('line_items', isNotTaxOf(group))),
  ),
  en16931('BR-CO-18', 'There is a VAT breakdown', ({ breakdown }) =>
    at('line_items', breakdown.length === 0),
  ),

  decimals('BR-DEC-01', 'amount of an allowance', (document) =>
    ofDocument(document, 'allowances', 'amount', ({ amount }) => hasMoreDecimals(amount)),
  ),
  decimals('BR-DEC-02', 'base amount of an allowance', (document) =>
    ofDocument(document, 'allowances', 'base_amount', ({ baseAmount }) => hasMoreDecimals(baseAmount)),
  ),
  decimals('BR-DEC-05', 'amount of a charge', (document) =>
    ofDocument(document, 'charges', 'amount', ({ amount }) => hasMoreDecimals(amount)),
  ),
  decimals('BR-DEC-06', 'base amount of a charge', (document) =>
    ofDocument(document, 'charges', 'base_amount', ({ baseAmount }) => hasMoreDecimals(baseAmount)),
  ),
  ...TOTALS.map(([id, total, name, location]) =>
    decimals(id, name, ({ totals }) => at(location, hasMoreDecimals(totals[total]))),
  ),
  decimals('BR-DEC-15', 'total VAT in the currency of VAT accounting', ({ taxCurrency }) =>
    at('tax_currency.tax_amount', hasMoreDecimals(taxCurrency?.taxAmount)),
  ),
  decimals('BR-DEC-19', 'taxable amount of a VAT category', ({ breakdown }) =>
    breakdown.flatMap(({ taxable }) => at('line_items', hasMoreDecimals(taxable))),
  ),
  decimals('BR-DEC-20', 'VAT of a category', ({ breakdown }) =>
    breakdown.flatMap(({ tax }) => at('line_items', hasMoreDecimals(tax))),
  ),
  decimals('BR-DEC-23', 'total of a line', (document) =>
    lines(document, 'line_total', ({ net }) => hasMoreDecimals(net)),
  ),
  decimals('BR-DEC-24', "amount of a line's allowance", (document) =>
    ofLines(document, 'allowances', 'amount', ({ amount }) => hasMoreDecimals(amount)),
  ),
  decimals('BR-DEC-25', "base amount of a line's allowance", (document) =>
    ofLines(document, 'allowances', 'base_amount', ({ baseAmount }) => hasMoreDecimals(baseAmount)),
  ),
  decimals('BR-DEC-27', "amount of a line's charge", (document) =>
    ofLines(document, 'charges', 'amount', ({ amount }) => hasMoreDecimals(amount)),
  ),
  decimals('BR-DEC-28', "base amount of a line's charge", (document) =>
    ofLines(document, 'charges', 'base_amount', ({ baseAmount }) => hasMoreDecimals(baseAmount)),
  ),
];
