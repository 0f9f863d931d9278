-- Numbers beyond 2^53 - 1 are no numbers of JSON's any more: two ids would look like one. They are refused where they would arise.
ALTER TABLE "invoices"
    ADD CONSTRAINT "invoices_id_wide_not_null" CHECK ("id_wide" IS NOT NULL) NOT VALID,
    ADD CONSTRAINT "invoices_id_check" CHECK ("id_wide" BETWEEN -9007199254740991 AND 9007199254740991) NOT VALID;
ALTER TABLE "webhook_events"
    ADD CONSTRAINT "webhook_events_id_wide_not_null" CHECK ("id_wide" IS NOT NULL) NOT VALID,
    ADD CONSTRAINT "webhook_events_invoice_id_wide_not_null" CHECK ("invoice_id_wide" IS NOT NULL) NOT VALID,
    ADD CONSTRAINT "webhook_events_id_check" CHECK ("id_wide" BETWEEN -9007199254740991 AND 9007199254740991) NOT VALID;
ALTER TABLE "webhook_events" ADD CONSTRAINT "webhook_events_wide_invoice_fkey" FOREIGN KEY ("tenant_id", "invoice_id_wide")
    REFERENCES "invoices"("tenant_id", "id_wide") ON DELETE NO ACTION ON UPDATE NO ACTION NOT VALID;
