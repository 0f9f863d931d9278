import { NEWER_CURRENCIES, NEWER_EXEMPTION_REASONS, NEWER_ICD } from '../../code-lists/newer-than-peppol.ts';
import type { Identifier } from '../../invoice-document/document.ts';
import { at, peppol, type Rule } from '../rule.ts';
import { identifiers, lines, where } from '../walk.ts';

const has = (list: ReadonlySet<string>, code: string | undefined) => code !== undefined && list.has(code);
const isNewer = ({ scheme }: Identifier) => has(NEWER_ICD, scheme);

/**
 * Peppol's validators hold documents to EN 16931 by an older copy of CEN's rules. They print the ids of CEN (BR-CL-…), by which
 * these codes are right.
 */
export const NEWER_CODES: readonly Rule[] = [
  peppol('VATEVO-04', "Codes are also in the older copies of CEN's lists that Peppol uses", (document) => [
    ...at('currency', has(NEWER_CURRENCIES, document.currency)),
    ...at('tax_currency.code', has(NEWER_CURRENCIES, document.taxCurrency?.code)),
    ...where(identifiers(document, 'identifier'), isNewer, 'scheme'),
    ...where(identifiers(document, 'legalId'), isNewer, 'scheme'),
    ...lines(document, 'standard_item_id.scheme', ({ standardItemId }) =>
      has(NEWER_ICD, standardItemId?.scheme),
    ),
    ...document.breakdown.flatMap(({ exemptionCode }) =>
      at('line_items', has(NEWER_EXEMPTION_REASONS, exemptionCode?.toUpperCase())),
    ),
  ]),
];
