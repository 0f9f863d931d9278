/**
 * An invoice or a credit note as EN 16931-1 understands it: what the rules are about and the UBL document is
 * written from. Amounts are decimal text, written as the document has them; days are `2025-01-15`. What is
 * undefined, or an empty list, is not in the document. The terms in brackets are the standard's.
 */
export interface InvoiceDocument {
  /** Which of the two UBL documents it is. */
  readonly kind: 'invoice' | 'credit note';
  /** UNTDID 1001 (BT-3). */
  readonly typeCode: string;
  /** BT-1. */
  readonly number: string | undefined;
  /** BT-2. */
  readonly issueDate: string | undefined;
  /** BT-9. */
  readonly dueDate: string | undefined;
  /** BT-7. */
  readonly taxPointDate: string | undefined;
  /** ISO 4217 (BT-5). */
  readonly currency: string;
  /** Currency of the VAT accounting, and the VAT in it (BT-6, BT-111). */
  readonly taxCurrency: { readonly code: string; readonly taxAmount: string | undefined } | undefined;
  /** BT-22. */
  readonly note: string | undefined;
  /** BT-10. */
  readonly buyerReference: string | undefined;
  /** BT-13. */
  readonly purchaseOrder: string | undefined;
  /** BT-12. */
  readonly contract: string | undefined;
  /** BG-14. */
  readonly period: Period | undefined;
  /** BG-3. */
  readonly preceding: readonly {
    readonly number: string | undefined;
    readonly issueDate: string | undefined;
  }[];
  /** BG-4. */
  readonly seller: Party;
  /** BG-7. */
  readonly buyer: Party;
  /** BG-11. */
  readonly taxRepresentative: TaxRepresentative | undefined;
  /** BG-13. */
  readonly delivery: Delivery | undefined;
  /** BG-16. */
  readonly payment: Payment | undefined;
  /** BT-20. */
  readonly paymentTerms: string | undefined;
  /** BG-20. */
  readonly allowances: readonly DocumentAdjustment[];
  /** BG-21. */
  readonly charges: readonly DocumentAdjustment[];
  /** BG-23, in the order in which the groups first appear. */
  readonly breakdown: readonly VatGroup[];
  /** BG-22. */
  readonly totals: DocumentTotals;
  /** BG-25. */
  readonly lines: readonly Line[];
}

export interface Period {
  readonly start: string | undefined;
  readonly end: string | undefined;
}

export interface Identifier {
  readonly id: string;
  readonly scheme: string | undefined;
}

export interface Address {
  readonly street: string | undefined;
  readonly city: string | undefined;
  readonly postalCode: string | undefined;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

export interface Party {
  readonly name: string | undefined;
  readonly vatId: string | undefined;
  /** Tax registration other than for VAT; sellers only (BT-32). */
  readonly taxRegistration: string | undefined;
  readonly legalId: Identifier | undefined;
  readonly identifier: Identifier | undefined;
  readonly endpoint: Identifier | undefined;
  readonly address: Address;
  readonly contact: {
    readonly name: string | undefined;
    readonly phone: string | undefined;
    readonly email: string | undefined;
  };
}

export interface TaxRepresentative {
  readonly name: string | undefined;
  readonly vatId: string | undefined;
  readonly address: Address;
}

export interface Delivery {
  readonly date: string | undefined;
  readonly name: string | undefined;
  readonly address: Address | undefined;
}

export interface Payment {
  /** UNTDID 4461 (BT-81). */
  readonly code: string | undefined;
  /** BT-83. */
  readonly reference: string | undefined;
  /** BG-17. */
  readonly account: {
    readonly id: string | undefined;
    readonly name: string | undefined;
    readonly bic: string | undefined;
  };
  /** BG-18. */
  readonly card:
    | {
        readonly number: string | undefined;
        readonly network: string | undefined;
        readonly holder: string | undefined;
      }
    | undefined;
  /** BG-19. */
  readonly mandate:
    | {
        readonly reference: string | undefined;
        readonly creditorId: string | undefined;
        readonly debitedAccount: string | undefined;
      }
    | undefined;
}

/** An allowance or a charge. */
export interface Adjustment {
  readonly amount: string;
  readonly baseAmount: string | undefined;
  readonly percentage: string | undefined;
  readonly reason: string | undefined;
  readonly reasonCode: string | undefined;
}

export interface VatCategory {
  /** UNTDID 5305. */
  readonly category: string;
  /** Percent; undefined where there is none, since the category is not subject to VAT. */
  readonly rate: string | undefined;
}

export interface DocumentAdjustment extends Adjustment, VatCategory {}

export interface VatGroup extends VatCategory {
  /** BT-116. */
  readonly taxable: string;
  /** BT-117: computed from the taxable amount. */
  readonly tax: string;
  /** What the lines of the request say that it is; undefined when they do not say it all. */
  readonly statedTax: string | undefined;
  /** BT-120. */
  readonly exemptionReason: string | undefined;
  /** BT-121. */
  readonly exemptionCode: string | undefined;
}

export interface DocumentTotals {
  /** BT-106. */
  readonly lines: string;
  /** BT-107; undefined without allowances. */
  readonly allowances: string | undefined;
  /** BT-108; undefined without charges. */
  readonly charges: string | undefined;
  /** BT-109. */
  readonly withoutTax: string;
  /** BT-110. */
  readonly tax: string;
  /** BT-112. */
  readonly withTax: string;
  /** BT-113. */
  readonly prepaid: string | undefined;
  /** BT-114. */
  readonly rounding: string | undefined;
  /** BT-115. */
  readonly payable: string;
}

export interface Line extends VatCategory {
  /** BT-126. */
  readonly id: string;
  readonly note: string | undefined;
  readonly quantity: string;
  /** UN/ECE Recommendation 20 or 21 (BT-130). */
  readonly unit: string;
  /** BT-131: allowances and charges of the line are in it. */
  readonly net: string;
  readonly period: Period | undefined;
  /** BT-132. */
  readonly orderLine: string | undefined;
  readonly allowances: readonly Adjustment[];
  readonly charges: readonly Adjustment[];
  /** BT-153 and BT-154. */
  readonly name: string | undefined;
  /** BT-155. */
  readonly sellerItemId: string | undefined;
  /** BT-157. */
  readonly standardItemId: Identifier | undefined;
  /** BT-146. */
  readonly price: string;
  /** BT-148. */
  readonly grossPrice: string | undefined;
  /** BT-149. */
  readonly baseQuantity: string | undefined;
}
