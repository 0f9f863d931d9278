import { codes } from './codes.ts';

/*
 * What CEN's lists (validation artefacts 1.3.16) have, and the copy of them does not that Peppol BIS Billing 3.0.19 comes with
 * (1.3.14.1), where Peppol has no list of its own that refuses it.
 */

/** ISO/IEC 6523 identifier schemes (BR-CL-10, 11, 21). */
export const NEWER_ICD = codes('0241 0242 0243 0244 0245 0246 0247 0248');

/** Currencies (BR-CL-03 to 05). */
export const NEWER_CURRENCIES = codes('MRU UYW');

/** VATEX codes (BR-CL-22). */
export const NEWER_EXEMPTION_REASONS = codes('VATEX-EU-135-1');
