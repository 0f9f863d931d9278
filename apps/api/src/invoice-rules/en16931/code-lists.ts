import { CURRENCIES } from '../../code-lists/currencies.ts';
import { CREDIT_NOTE_TYPES, INVOICE_TYPES } from '../../code-lists/document-types.ts';
import {
  ALLOWANCE_REASONS,
  CHARGE_REASONS,
  EXEMPTION_REASONS,
  PAYMENT_MEANS,
} from '../../code-lists/reasons.ts';
import { EAS, ICD } from '../../code-lists/schemes.ts';
import { UNITS } from '../../code-lists/units.ts';
import { at, en16931, type Rule } from '../rule.ts';
import { adjustments, identifiers, lines, ofDocument, where } from '../walk.ts';

/** UNTDID 5305, as EN 16931 takes it. */
const VAT_CATEGORIES: ReadonlySet<string> = new Set(['AE', 'L', 'M', 'E', 'S', 'Z', 'G', 'O', 'K', 'B']);

const isUnknown = (code: string | undefined, list: ReadonlySet<string>) =>
  code !== undefined && !list.has(code);

/** Codes are those of their lists (BR-CL-…). */
export const CODE_LIST_RULES: readonly Rule[] = [
  en16931('BR-CL-01', 'The type of the document is one of UNTDID 1001', ({ typeCode }) =>
    at('invoice_type_code', !INVOICE_TYPES.has(typeCode) && !CREDIT_NOTE_TYPES.has(typeCode)),
  ),
  en16931('BR-CL-03', 'Amounts are in currencies of ISO 4217', ({ currency, taxCurrency }) => [
    ...at('currency', !CURRENCIES.has(currency)),
    ...at('tax_currency.code', taxCurrency?.taxAmount !== undefined && !CURRENCIES.has(taxCurrency.code)),
  ]),
  en16931('BR-CL-04', 'The currency is one of ISO 4217', ({ currency }) =>
    at('currency', !CURRENCIES.has(currency)),
  ),
  en16931('BR-CL-05', 'The currency of VAT accounting is one of ISO 4217', ({ taxCurrency }) =>
    at('tax_currency.code', isUnknown(taxCurrency?.code, CURRENCIES)),
  ),
  en16931('BR-CL-10', "The scheme of a party's identifier is one of ISO/IEC 6523", (document) =>
    where(identifiers(document, 'identifier'), ({ scheme }) => isUnknown(scheme, ICD), 'scheme'),
  ),
  en16931('BR-CL-11', 'The scheme of a legal registration is one of ISO/IEC 6523', (document) =>
    where(identifiers(document, 'legalId'), ({ scheme }) => isUnknown(scheme, ICD), 'scheme'),
  ),
  en16931('BR-CL-16', 'The code of payment means is one of UNTDID 4461', ({ payment }) =>
    at('payment_means.code', payment !== undefined && !PAYMENT_MEANS.has(payment.code ?? '')),
  ),
  en16931(
    'BR-CL-17',
    'The VAT category of allowances, charges and the VAT breakdown is one of UNTDID 5305',
    (document) => {
      const isWrong = ({ category }: { category: string }) => !VAT_CATEGORIES.has(category);
      return [
        ...ofDocument(document, 'allowances', 'tax_category', isWrong),
        ...ofDocument(document, 'charges', 'tax_category', isWrong),
        ...at('line_items', document.breakdown.some(isWrong)),
      ];
    },
  ),
  en16931('BR-CL-18', 'The VAT category of a line is one of UNTDID 5305', (document) =>
    lines(document, 'tax_category', ({ category }) => !VAT_CATEGORIES.has(category)),
  ),
  en16931('BR-CL-19', 'The reason code of an allowance is one of UNTDID 5189', (document) =>
    adjustments(document, 'allowances', 'reason_code', ({ reasonCode }) =>
      isUnknown(reasonCode, ALLOWANCE_REASONS),
    ),
  ),
  en16931('BR-CL-20', 'The reason code of a charge is one of UNTDID 7161', (document) =>
    adjustments(document, 'charges', 'reason_code', ({ reasonCode }) =>
      isUnknown(reasonCode, CHARGE_REASONS),
    ),
  ),
  en16931('BR-CL-21', "The scheme of an item's standard identifier is one of ISO/IEC 6523", (document) =>
    lines(document, 'standard_item_id.scheme', ({ standardItemId }) =>
      isUnknown(standardItemId?.scheme, ICD),
    ),
  ),
  en16931('BR-CL-22', 'The code of an exemption is one of the VATEX list', ({ breakdown }) =>
    breakdown.flatMap(({ exemptionCode }) =>
      at('line_items', isUnknown(exemptionCode?.toUpperCase(), EXEMPTION_REASONS)),
    ),
  ),
  en16931('BR-CL-23', 'The unit is one of UN/ECE Recommendations 20 and 21', (document) =>
    lines(document, 'unit_code', ({ unit }) => !UNITS.has(unit)),
  ),
  en16931('BR-CL-25', 'The scheme of an electronic address is one of the EAS list', (document) =>
    where(identifiers(document, 'endpoint'), ({ scheme }) => isUnknown(scheme, EAS), 'scheme'),
  ),
];
