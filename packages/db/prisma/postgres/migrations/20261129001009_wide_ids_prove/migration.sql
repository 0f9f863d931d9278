ALTER TABLE "invoices" VALIDATE CONSTRAINT "invoices_id_wide_not_null", VALIDATE CONSTRAINT "invoices_id_check";
ALTER TABLE "webhook_events" VALIDATE CONSTRAINT "webhook_events_id_wide_not_null",
    VALIDATE CONSTRAINT "webhook_events_invoice_id_wide_not_null", VALIDATE CONSTRAINT "webhook_events_id_check",
    VALIDATE CONSTRAINT "webhook_events_wide_invoice_fkey";
