import { iso31661 } from 'iso-3166';

const ASSIGNED = iso31661.filter(({ state }) => state === 'assigned').map(({ alpha2 }) => alpha2);

/** ISO 3166-1 alpha-2, Kosovo (1A) and Northern Ireland (XI), as EN 16931 takes them (BR-CL-14). */
export const COUNTRIES: ReadonlySet<string> = new Set([...ASSIGNED, '1A', 'XI']);

/** What a VAT identifier may begin with (BR-CO-09): a country, or EL for Greece. */
export const VAT_PREFIXES: ReadonlySet<string> = new Set([...COUNTRIES, 'EL']);
