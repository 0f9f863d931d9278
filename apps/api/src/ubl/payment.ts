import type { InvoiceDocument, Payment } from '../invoice-document/document.ts';
import { group, leaf } from './xml.ts';

/** UBL wants the network of a card; the standard has no such term. */
const UNKNOWN_NETWORK = 'NA';

function account({ id, name, bic }: Payment['account']): string {
  return group(
    'cac:PayeeFinancialAccount',
    leaf('cbc:ID', id),
    leaf('cbc:Name', name),
    group('cac:FinancialInstitutionBranch', leaf('cbc:ID', bic)),
  );
}

function card(of: Payment['card']): string {
  if (of === undefined) return '';
  return group(
    'cac:CardAccount',
    leaf('cbc:PrimaryAccountNumberID', of.number ?? ''),
    leaf('cbc:NetworkID', of.network ?? UNKNOWN_NETWORK),
    leaf('cbc:HolderName', of.holder),
  );
}

function mandate(of: Payment['mandate']): string {
  return group(
    'cac:PaymentMandate',
    leaf('cbc:ID', of?.reference),
    group('cac:PayerFinancialAccount', leaf('cbc:ID', of?.debitedAccount)),
  );
}

/** How and until when it is to be paid. */
export function payment({ kind, dueDate, payment: of, paymentTerms }: InvoiceDocument): string {
  return [
    of === undefined
      ? ''
      : group(
          'cac:PaymentMeans',
          leaf('cbc:PaymentMeansCode', of.code ?? ''),
          // A UBL credit note has no due date of its own.
          leaf('cbc:PaymentDueDate', kind === 'credit note' ? dueDate : undefined),
          leaf('cbc:PaymentID', of.reference),
          card(of.card),
          account(of.account),
          mandate(of.mandate),
        ),
    group('cac:PaymentTerms', leaf('cbc:Note', paymentTerms)),
  ].join('');
}
