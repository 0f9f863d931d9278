import { printedAsBytes } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { asText } from '../restore/as-text.ts';
import { canonicalNetwork } from './canonical.ts';
import { encodeNetwork } from './encode.ts';

const network = (isCidr: boolean): ColumnType => ({
  modifier: () => ({}),
  encode: encodeNetwork(isCidr),
  canonical: canonicalNetwork(isCidr),
  digestSql: printedAsBytes(isCidr ? 'cidr_send' : 'inet_send'),
  restore: asText,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: ['empty=null'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => false,
    // IPv6 has many forms of one address.
    equality: (printed) => printed,
    family: 'other',
    clock: {},
  },
});

export const inet: ColumnType = network(false);
export const cidr: ColumnType = network(true);
