import { codes } from './codes.ts';

/** UNTDID 1001, the documents that are invoices in UBL (BR-CL-01): validation artefacts 1.3.16. */
export const INVOICE_TYPES = codes(`
  71 80 81 82 84 102 130 202 203 204 211 218 219 295 325 326 331 380 382 383 384 385 386 387 388 389 390
  393 394 395 456 457 471 472 473 500 501 527 553 575 623 633 751 780 817 870 875 876 877 935
`);

/** UNTDID 1001, the documents that are credit notes in UBL (BR-CL-01): validation artefacts 1.3.16. */
export const CREDIT_NOTE_TYPES = codes(`
  81 83 261 262 296 308 381 396 420 458 502 503 532
`);

/** What Peppol BIS Billing 3.0.19 takes of them (PEPPOL-EN16931-P0100). */
export const PEPPOL_INVOICE_TYPES = codes(`
  71 80 82 84 102 218 219 326 331 380 382 383 384 386 388 393 395 553 575 623 780 817 870 875 876 877
`);

/** What Peppol BIS Billing 3.0.19 takes of them (PEPPOL-EN16931-P0101). */
export const PEPPOL_CREDIT_NOTE_TYPES = codes(`
  381 396 81 83 532
`);
