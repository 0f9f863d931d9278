import type { InvoiceDocument } from '../invoice-document/document.ts';
import type { Facts } from './facts.ts';

/** Where a rule comes from. */
export const SOURCES = {
  /** EN 16931-1:2017, as CEN's validation artefacts 1.3.16 for UBL read it. */
  'EN 16931': 'EN 16931-1:2017',
  /** Peppol BIS Billing 3.0.19 (May 2025), its national rules included. */
  Peppol: 'Peppol BIS Billing 3.0',
  /** Our own: what the standards take for granted. */
  Vatevo: 'Vatevo',
} as const;
export type Source = keyof typeof SOURCES;

/** A document that breaks a fatal rule must not claim to follow its source. */
export type Severity = 'fatal' | 'warning';

/** Where a document breaks a rule: the way to the value in the request, such as `line_items.0.tax_rate`. */
export type Location = string;

/** One rule for invoices. */
export interface Rule {
  /** The id that its source gives it. */
  readonly id: string;
  readonly source: Source;
  readonly severity: Severity;
  /** What is right, in one sentence. */
  readonly message: string;
  /** Every place where the document breaks it. */
  readonly broken: (document: InvoiceDocument, facts: Facts) => readonly Location[];
}

/** Rules that many documents have nothing to do with, passed over together. */
export interface RuleGroup {
  /** Whether a document can break one of them; where it is left out, any can. */
  readonly concerns?: (document: InvoiceDocument, facts: Facts) => boolean;
  readonly rules: readonly Rule[];
}

type Check = Rule['broken'];

/** A rule of EN 16931; fatal, as all of them are. */
export function en16931(id: string, message: string, broken: Check): Rule {
  return { id, source: 'EN 16931', severity: 'fatal', message, broken };
}

export function peppol(id: string, message: string, broken: Check, severity: Severity = 'fatal'): Rule {
  return { id, source: 'Peppol', severity, message, broken };
}

/** The location, when `isBroken`. */
export function at(location: Location, isBroken: boolean): readonly Location[] {
  return isBroken ? [location] : NONE;
}

const NONE: readonly Location[] = [];
