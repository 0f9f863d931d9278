import { at, type Rule } from '../../rule.ts';
import { isNorwegianOrganization } from '../check-digits.ts';
import { rule } from './pick.ts';

const norway = rule((_, { sellerCountry }) => sellerCountry === 'NO');
export const NORWAY: readonly Rule[] = [
  norway(
    'NO-R-001',
    'Norwegian VAT identifiers are NO, nine digits with their check digit and MVA',
    ({ seller }) => {
      const id = seller.vatId ?? '';
      const isRight = /^NO\d{9}MVA$/.test(id) && isNorwegianOrganization(id.slice(2, 11));
      return at('supplier.vat_id', id.startsWith('NO') && !isRight);
    },
  ),
  norway(
    'NO-R-002',
    'Norwegian companies say Foretaksregisteret',
    ({ seller }) => at('supplier.tax_registration', seller.taxRegistration?.trim() !== 'Foretaksregisteret'),
    'warning',
  ),
];
