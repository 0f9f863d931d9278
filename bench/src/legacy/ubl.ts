import type { Line, Party } from './documents.ts';
import { cents } from './money.ts';

export interface UblInvoice {
  readonly number: string;
  /** As stored, of which the day counts. */
  readonly issued: string;
  readonly currency: string;
  readonly supplier: Party;
  readonly customer: Party;
  /** In cents. */
  readonly subtotal: number;
  readonly tax: number;
  readonly lines: readonly Line[];
}

/** What an invoice's XML is like: about 1.5 KB, only the first line, with letters beyond ASCII. */
export function ublDocument(invoice: UblInvoice): string {
  const { number, issued, currency, supplier, customer, subtotal, tax, lines } = invoice;
  return `<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
         xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
         xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
    <cbc:ID>${number}</cbc:ID>
    <cbc:IssueDate>${issued.slice(0, 10)}</cbc:IssueDate>
    <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
    <cbc:DocumentCurrencyCode>${currency}</cbc:DocumentCurrencyCode>
${ublParty('Supplier', supplier)}${ublParty('Customer', customer)}${lines.slice(0, 1).map(ublLine).join('')}    <cac:TaxTotal><cbc:TaxAmount>${cents(tax)}</cbc:TaxAmount></cac:TaxTotal>
    <cac:LegalMonetaryTotal>
        <cbc:TaxExclusiveAmount>${cents(subtotal)}</cbc:TaxExclusiveAmount>
        <cbc:PayableAmount>${cents(subtotal + tax)}</cbc:PayableAmount>
    </cac:LegalMonetaryTotal>
</Invoice>
`;
}

function ublParty(role: string, { name, address, city, vat_id }: Party): string {
  return `    <cac:Accounting${role}Party><cac:Party>
        <cbc:Name>${escaped(name)}</cbc:Name>
        <cbc:StreetName>${address}</cbc:StreetName><cbc:CityName>${city}</cbc:CityName>
        <cbc:CompanyID>${vat_id}</cbc:CompanyID>
    </cac:Party></cac:Accounting${role}Party>
`;
}

function ublLine({ description, quantity, total }: Line, index: number): string {
  return `    <cac:InvoiceLine><cbc:ID>${index + 1}</cbc:ID>
        <cbc:InvoicedQuantity unitCode="C62">${quantity}</cbc:InvoicedQuantity>
        <cbc:LineExtensionAmount>${cents(total)}</cbc:LineExtensionAmount>
        <cbc:Description>${escaped(description)}</cbc:Description>
    </cac:InvoiceLine>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
