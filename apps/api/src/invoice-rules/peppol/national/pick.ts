import type { Address, InvoiceDocument, Payment } from '../../../invoice-document/document.ts';
import type { Facts } from '../../facts.ts';
import { at, peppol, type Rule } from '../../rule.ts';

export const isIn = (country: string, ...addresses: readonly Address[]) =>
  addresses.every((address) => address.country === country);
export const domestic =
  (country: string) =>
  ({ seller, buyer }: InvoiceDocument) =>
    isIn(country, seller.address, buyer.address);
export const sells =
  (country: string) =>
  ({ seller }: InvoiceDocument) =>
    isIn(country, seller.address);

/** A rule for the invoices that `applies` picks. */
export const rule =
  (applies: (document: InvoiceDocument, facts: Facts) => boolean) =>
  (id: string, message: string, broken: Rule['broken'], severity: Rule['severity'] = 'fatal'): Rule =>
    peppol(
      id,
      message,
      (document, facts) => (applies(document, facts) ? broken(document, facts) : []),
      severity,
    );

/** A rule for payment means of one of these codes. */
export const paidBy =
  (codes: readonly string[], location: string, isBroken: (payment: Payment) => boolean): Rule['broken'] =>
  ({ payment }) =>
    at(
      `payment_means.${location}`,
      payment !== undefined && codes.includes(payment.code ?? '') && isBroken(payment),
    );
