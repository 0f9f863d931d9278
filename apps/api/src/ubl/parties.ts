import type {
  Address,
  Delivery,
  Identifier,
  InvoiceDocument,
  Party,
  TaxRepresentative,
} from '../invoice-document/document.ts';
import { group, leaf } from './xml.ts';

/** The scheme of the creditor identifier of a direct debit (BT-90). */
const SEPA = 'SEPA';

function identifier(name: string, value: Identifier | undefined): string {
  return leaf(name, value?.id, { schemeID: value?.scheme });
}

function address(name: string, { street, city, postalCode, country }: Address): string {
  return group(
    name,
    leaf('cbc:StreetName', street),
    leaf('cbc:CityName', city),
    leaf('cbc:PostalZone', postalCode),
    group('cac:Country', leaf('cbc:IdentificationCode', country)),
  );
}

function taxScheme(id: string | undefined, scheme: 'VAT' | 'TAX'): string {
  if (id === undefined) return '';
  return group(
    'cac:PartyTaxScheme',
    leaf('cbc:CompanyID', id),
    group('cac:TaxScheme', leaf('cbc:ID', scheme)),
  );
}

function party(of: Party, creditorId?: string): string {
  return group(
    'cac:Party',
    identifier('cbc:EndpointID', of.endpoint),
    group('cac:PartyIdentification', identifier('cbc:ID', of.identifier)),
    group('cac:PartyIdentification', leaf('cbc:ID', creditorId, { schemeID: SEPA })),
    group('cac:PartyName', leaf('cbc:Name', of.name)),
    address('cac:PostalAddress', of.address),
    taxScheme(of.vatId, 'VAT'),
    taxScheme(of.taxRegistration, 'TAX'),
    group(
      'cac:PartyLegalEntity',
      leaf('cbc:RegistrationName', of.name),
      identifier('cbc:CompanyID', of.legalId),
    ),
    group(
      'cac:Contact',
      leaf('cbc:Name', of.contact.name),
      leaf('cbc:Telephone', of.contact.phone),
      leaf('cbc:ElectronicMail', of.contact.email),
    ),
  );
}

function taxRepresentative({ name, vatId, address: at }: TaxRepresentative): string {
  return group(
    'cac:TaxRepresentativeParty',
    group('cac:PartyName', leaf('cbc:Name', name)),
    address('cac:PostalAddress', at),
    taxScheme(vatId, 'VAT'),
  );
}

function delivery({ date, name, address: at }: Delivery): string {
  return group(
    'cac:Delivery',
    leaf('cbc:ActualDeliveryDate', date),
    at === undefined ? '' : group('cac:DeliveryLocation', address('cac:Address', at)),
    group('cac:DeliveryParty', group('cac:PartyName', leaf('cbc:Name', name))),
  );
}

/** Who sells, who buys, and where it was delivered to. */
export function parties(document: InvoiceDocument): string {
  return (
    group('cac:AccountingSupplierParty', party(document.seller, document.payment?.mandate?.creditorId)) +
    group('cac:AccountingCustomerParty', party(document.buyer)) +
    (document.taxRepresentative === undefined ? '' : taxRepresentative(document.taxRepresentative)) +
    (document.delivery === undefined ? '' : delivery(document.delivery))
  );
}
