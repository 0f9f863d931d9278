// xmlbuilder and not its successor xmlbuilder2: an invoice of ten thousand
// lines takes the one 0.7 s to write and the other over 10 s.
import { create, type XMLElement } from 'xmlbuilder';
import type { Customer, LineItem, Supplier } from '../contract/invoice-request.ts';
import { plain } from '../money/plain.ts';
import { ublFaults } from './faults.ts';
import type { UblInvoice } from './invoice.ts';
import { taxGroups } from './tax-groups.ts';

const CUSTOMIZATION = 'urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0';
const PROFILE = 'urn:fdc:peppol.eu:2017:poacc:billing:01:1.0';
/** UNTDID 1001: commercial invoice. */
const COMMERCIAL_INVOICE = '380';
/** UN/ECE Recommendation 20: one (piece). */
const PIECE = 'C62';
/** UNTDID 5305: standard rate. */
const STANDARD_RATE = 'S';

const NAMESPACES = {
  xmlns: 'urn:oasis:names:specification:ubl:schema:xsd:Invoice-2',
  'xmlns:cac': 'urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2',
  'xmlns:cbc': 'urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2',
};

/** The document, or why there can be none. */
export type UblResult =
  | { readonly ok: true; readonly xml: string }
  | { readonly ok: false; readonly reason: string };

function addParty(parent: XMLElement, role: string, party: Supplier | Customer): void {
  const node = parent.ele(role).ele('cac:Party');
  node.ele('cac:PartyName').ele('cbc:Name', party.name);
  const address = node.ele('cac:PostalAddress');
  address.ele('cbc:StreetName', party.address);
  address.ele('cbc:CityName', party.city);
  address.ele('cbc:PostalZone', party.postal_code);
  address.ele('cac:Country').ele('cbc:IdentificationCode', party.country);
  if (party.vat_id !== null && party.vat_id !== '') {
    const tax = node.ele('cac:PartyTaxScheme');
    tax.ele('cbc:CompanyID', party.vat_id);
    tax.ele('cac:TaxScheme').ele('cbc:ID', 'VAT');
  }
  node.ele('cac:PartyLegalEntity').ele('cbc:RegistrationName', party.name);
  const phone = 'phone' in party ? party.phone : null;
  if (phone !== null || party.email !== null) {
    const contact = node.ele('cac:Contact');
    if (phone !== null) contact.ele('cbc:Telephone', phone);
    if (party.email !== null) contact.ele('cbc:ElectronicMail', party.email);
  }
}

function addTaxCategory(parent: XMLElement, role: string, percent: string): void {
  const category = parent.ele(role);
  category.ele('cbc:ID', STANDARD_RATE);
  category.ele('cbc:Percent', percent);
  category.ele('cac:TaxScheme').ele('cbc:ID', 'VAT');
}

function addTaxTotal(parent: XMLElement, invoice: UblInvoice, money: { currencyID: string }): void {
  const total = parent.ele('cac:TaxTotal');
  total.ele('cbc:TaxAmount', money, invoice.taxAmount);
  for (const group of taxGroups(invoice.lines)) {
    const subtotal = total.ele('cac:TaxSubtotal');
    subtotal.ele('cbc:TaxableAmount', money, group.taxableAmount);
    subtotal.ele('cbc:TaxAmount', money, group.taxAmount);
    addTaxCategory(subtotal, 'cac:TaxCategory', group.percent);
  }
}

function addMonetaryTotal(parent: XMLElement, invoice: UblInvoice, money: { currencyID: string }): void {
  const total = parent.ele('cac:LegalMonetaryTotal');
  total.ele('cbc:LineExtensionAmount', money, invoice.subtotal);
  total.ele('cbc:TaxExclusiveAmount', money, invoice.subtotal);
  total.ele('cbc:TaxInclusiveAmount', money, invoice.totalAmount);
  total.ele('cbc:PayableAmount', money, invoice.totalAmount);
}

function addLine(parent: XMLElement, number: number, line: LineItem, money: { currencyID: string }): void {
  const node = parent.ele('cac:InvoiceLine');
  node.ele('cbc:ID', String(number));
  node.ele('cbc:InvoicedQuantity', { unitCode: PIECE }, plain(line.quantity));
  node.ele('cbc:LineExtensionAmount', money, line.line_total);
  const item = node.ele('cac:Item');
  item.ele('cbc:Description', line.description);
  item.ele('cbc:Name', line.description);
  addTaxCategory(item, 'cac:ClassifiedTaxCategory', plain(line.tax_rate));
  node.ele('cac:Price').ele('cbc:PriceAmount', money, line.unit_price);
}

/**
 * Writes `invoice` as a UBL 2.1 Invoice, its elements in the order that the
 * UBL schema prescribes.
 */
export function buildUbl(invoice: UblInvoice): UblResult {
  const faults = ublFaults(invoice);
  if (faults.length > 0) return { ok: false, reason: `No UBL document can be made: ${faults.join('; ')}` };

  const money = { currencyID: invoice.currency };
  const root = create('Invoice', { version: '1.0', encoding: 'UTF-8' });
  root.att(NAMESPACES);
  root.ele('cbc:CustomizationID', CUSTOMIZATION);
  root.ele('cbc:ProfileID', PROFILE);
  root.ele('cbc:ID', invoice.invoiceNumber);
  root.ele('cbc:IssueDate', invoice.issueDate);
  if (invoice.dueDate !== null) root.ele('cbc:DueDate', invoice.dueDate);
  root.ele('cbc:InvoiceTypeCode', COMMERCIAL_INVOICE);
  root.ele('cbc:DocumentCurrencyCode', invoice.currency);
  addParty(root, 'cac:AccountingSupplierParty', invoice.supplier);
  addParty(root, 'cac:AccountingCustomerParty', invoice.customer);
  addTaxTotal(root, invoice, money);
  addMonetaryTotal(root, invoice, money);
  for (const [index, line] of invoice.lines.entries()) addLine(root, index + 1, line, money);
  return { ok: true, xml: root.end({ pretty: true }) };
}
