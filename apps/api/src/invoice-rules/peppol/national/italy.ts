import { at, type Rule } from '../../rule.ts';
import { rule } from './pick.ts';

const italy = rule((_, { sellerCountry }) => sellerCountry === 'IT');
export const ITALY: readonly Rule[] = [
  italy('IT-R-001', 'An Italian tax registration has 11 to 16 capitals and digits', ({ seller }) =>
    at(
      'supplier.tax_registration',
      seller.taxRegistration !== undefined && !/^[A-Z0-9]{11,16}$/.test(seller.taxRegistration.trim()),
    ),
  ),
  italy('IT-R-002', 'Italian suppliers give their street', ({ seller }) =>
    at('supplier.address', seller.address.street === undefined),
  ),
  italy('IT-R-003', 'Italian suppliers give their city', ({ seller }) =>
    at('supplier.city', seller.address.city === undefined),
  ),
  italy('IT-R-004', 'Italian suppliers give their postal code', ({ seller }) =>
    at('supplier.postal_code', seller.address.postalCode === undefined),
  ),
];
