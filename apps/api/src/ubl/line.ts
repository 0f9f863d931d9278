import Big from 'big.js';
import type { Identifier, InvoiceDocument, Line, Period } from '../invoice-document/document.ts';
import { lineAdjustments, money, vatCategory } from './amounts.ts';
import { group, leaf } from './xml.ts';

export function period(of: Period | undefined): string {
  return group('cac:InvoicePeriod', leaf('cbc:StartDate', of?.start), leaf('cbc:EndDate', of?.end));
}

function itemId(name: string, of: Identifier | undefined): string {
  return group(name, leaf('cbc:ID', of?.id, { schemeID: of?.scheme }));
}

function item({ name, sellerItemId, standardItemId, category, rate }: Line): string {
  return group(
    'cac:Item',
    leaf('cbc:Description', name),
    leaf('cbc:Name', name),
    itemId(
      'cac:SellersItemIdentification',
      sellerItemId === undefined ? undefined : { id: sellerItemId, scheme: undefined },
    ),
    itemId('cac:StandardItemIdentification', standardItemId),
    // The reason for an exemption has its place in the VAT breakdown alone.
    vatCategory('cac:ClassifiedTaxCategory', { category, rate }),
  );
}

function price({ price: net, grossPrice, baseQuantity, unit }: Line, currency: string): string {
  const discount =
    grossPrice === undefined
      ? ''
      : group(
          'cac:AllowanceCharge',
          leaf('cbc:ChargeIndicator', 'false'),
          money('cbc:Amount', new Big(grossPrice).minus(net).toFixed(), currency),
          money('cbc:BaseAmount', grossPrice, currency),
        );
  return group(
    'cac:Price',
    money('cbc:PriceAmount', net, currency),
    leaf('cbc:BaseQuantity', baseQuantity, { unitCode: unit }),
    discount,
  );
}

export function line(of: Line, { kind, currency }: InvoiceDocument): string {
  const [element, quantity] =
    kind === 'invoice'
      ? (['cac:InvoiceLine', 'cbc:InvoicedQuantity'] as const)
      : (['cac:CreditNoteLine', 'cbc:CreditedQuantity'] as const);
  return group(
    element,
    leaf('cbc:ID', of.id),
    leaf('cbc:Note', of.note),
    leaf(quantity, of.quantity, { unitCode: of.unit }),
    money('cbc:LineExtensionAmount', of.net, currency),
    period(of.period),
    group('cac:OrderLineReference', leaf('cbc:LineID', of.orderLine)),
    lineAdjustments(of, currency),
    item(of),
    price(of, currency),
  );
}
