import type { InvoiceDocument } from '../../invoice-document/document.ts';
import { type Location, peppol, type Rule, type RuleGroup, type Severity } from '../rule.ts';
import { identifiers, where } from '../walk.ts';
import {
  isAustralianBusiness,
  isBelgianEnterprise,
  isDanishOrganization,
  isGln,
  isItalianOffice,
  isItalianTaxCode,
  isItalianVatNumber,
  isNorwegianOrganization,
  isSwedishOrganization,
} from './check-digits.ts';

type Form = readonly [
  id: string,
  scheme: string,
  what: string,
  isRight: (id: string) => boolean,
  severity?: Severity,
];

/** The schemes whose identifiers have a form that can be checked. */
const FORMS: readonly Form[] = [
  ['PEPPOL-COMMON-R040', '0088', 'A GLN', isGln],
  ['PEPPOL-COMMON-R041', '0192', 'A Norwegian organization number', isNorwegianOrganization],
  ['PEPPOL-COMMON-R042', '0184', 'A Danish organization number (CVR)', isDanishOrganization],
  ['PEPPOL-COMMON-R043', '0208', 'A Belgian enterprise number', isBelgianEnterprise],
  ['PEPPOL-COMMON-R044', '0201', 'An Italian IPA code', isItalianOffice, 'warning'],
  ['PEPPOL-COMMON-R045', '0210', 'An Italian tax code', isItalianTaxCode, 'warning'],
  ['PEPPOL-COMMON-R046', '9907', 'An Italian tax code', isItalianTaxCode, 'warning'],
  ['PEPPOL-COMMON-R047', '0211', 'An Italian VAT number', isItalianVatNumber, 'warning'],
  ['PEPPOL-COMMON-R049', '0007', 'A Swedish organization number', isSwedishOrganization],
  ['PEPPOL-COMMON-R050', '0151', 'An Australian Business Number', isAustralianBusiness],
];

const SORTS = ['endpoint', 'identifier', 'legalId'] as const;
/** A scheme of electronic addresses alone. */
const ENDPOINTS_ONLY = '9907';

function ofScheme(
  document: InvoiceDocument,
  wanted: string,
  isRight: (id: string) => boolean,
): readonly Location[] {
  const sorts = wanted === ENDPOINTS_ONLY ? SORTS.slice(0, 1) : SORTS;
  return sorts.flatMap((sort) =>
    where(identifiers(document, sort), ({ id, scheme }) => scheme === wanted && !isRight(id.trim()), 'id'),
  );
}

const RULES: readonly Rule[] = FORMS.map(([id, scheme, what, isRight, severity]) =>
  peppol(
    id,
    `${what} (${scheme}) has its form and check digit`,
    (document) => ofScheme(document, scheme, isRight),
    severity,
  ),
);

/** Identifiers have the form of their scheme (PEPPOL-COMMON-…). */
export const IDENTIFIER_GROUP: RuleGroup = {
  concerns: (document) => SORTS.some((sort) => identifiers(document, sort).length > 0),
  rules: RULES,
};
