-- What vatevo_app, as which tenants are answered, and vatevo_jobs, which works for all of them, may do: derived
-- from /// @grant in schema.prisma. Written by `pnpm db:migrate`; `pnpm db:check` compares. It is no migration, since
-- roles belong to the server: `pnpm db:deploy` and `pnpm ops:prepare-postgres` run it each time, as one transaction.

GRANT USAGE ON SCHEMA "public" TO vatevo_app, vatevo_jobs;

REVOKE ALL ON TABLE "public"."idempotency_keys" FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT SELECT, INSERT, UPDATE ("answer") ON TABLE "public"."idempotency_keys" TO vatevo_app;

REVOKE ALL ON TABLE "public"."invoices" FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT SELECT, INSERT, UPDATE ("external_id", "status", "country_code", "invoice_number", "issue_date", "due_date", "subtotal", "tax_amount", "total_amount", "currency", "supplier_data", "customer_data", "line_items", "document_data", "violations", "ubl_xml", "country_xml", "pdf_url", "submission_id", "gateway_response", "error_message", "retry_count", "updated_at", "submitted_at") ON TABLE "public"."invoices" TO vatevo_app;
REVOKE ALL ON SEQUENCE public.invoices_id_seq FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT USAGE ON SEQUENCE public.invoices_id_seq TO vatevo_app;

REVOKE ALL ON TABLE "public"."tenants" FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT SELECT ("id", "name", "api_key_prefix", "webhook_url", "webhooks_paused", "is_active", "created_at", "updated_at"), UPDATE ("webhook_url", "webhook_secret", "webhooks_paused", "updated_at") ON TABLE "public"."tenants" TO vatevo_app;
REVOKE ALL ON SEQUENCE public.tenants_id_seq FROM PUBLIC, vatevo_app, vatevo_jobs;

REVOKE ALL ON TABLE "public"."webhook_events" FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT SELECT, INSERT, UPDATE ("delivered", "delivery_attempts", "next_attempt_at") ON TABLE "public"."webhook_events" TO vatevo_app;
REVOKE ALL ON SEQUENCE public.webhook_events_id_seq FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT USAGE ON SEQUENCE public.webhook_events_id_seq TO vatevo_app;

REVOKE ALL ON ROUTINE public.vatevo_claim_by_tenant(integer,integer,integer,integer[],integer[],integer,integer) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_claim_by_tenant(integer,integer,integer,integer[],integer[],integer,integer) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_claim_deliveries(integer,integer,integer) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_claim_deliveries(integer,integer,integer) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_claim_events(integer,integer,integer,integer[],integer[],integer,integer) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_claim_events(integer,integer,integer,integer[],integer[],integer,integer) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_claim_on_shards(integer,integer,integer,integer[],integer[],integer,integer) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_claim_on_shards(integer,integer,integer,integer[],integer[],integer,integer) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_create_tenant(text,text,text,text,text) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_create_tenant(text,text,text,text,text) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_create_tenant_on_shards(text,text,text,text,text) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_create_tenant_on_shards(text,text,text,text,text) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_destinations(integer[],bigint[]) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_destinations(integer[],bigint[]) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_forget_answers(timestamp with time zone,integer) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_forget_answers(timestamp with time zone,integer) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_forget_answers_on_shards(timestamp with time zone,integer) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_forget_answers_on_shards(timestamp with time zone,integer) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_forget_delivered(timestamp with time zone,bigint,bigint,integer) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_forget_delivered(timestamp with time zone,bigint,bigint,integer) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_forget_delivered_on_shards(timestamp with time zone,bigint,bigint,integer) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_forget_delivered_on_shards(timestamp with time zone,bigint,bigint,integer) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_forget_idempotency_keys(timestamp with time zone) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_forget_idempotency_keys(timestamp with time zone) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_give_back(integer[],bigint[],integer[]) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_give_back(integer[],bigint[],integer[]) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_rotate_api_key(integer,text,text,text,timestamp with time zone) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_rotate_api_key(integer,text,text,text,timestamp with time zone) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_settle_attempts(integer[],bigint[],integer[],boolean[],timestamp with time zone[]) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_settle_attempts(integer[],bigint[],integer[],boolean[],timestamp with time zone[]) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_settle_deliveries(integer[],integer[],boolean[],timestamp with time zone[]) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_settle_deliveries(integer[],integer[],boolean[],timestamp with time zone[]) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_settle_delivery(integer,integer,boolean,timestamp with time zone) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_settle_delivery(integer,integer,boolean,timestamp with time zone) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_settle_events(integer[],bigint[],boolean[],timestamp with time zone[]) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_settle_events(integer[],bigint[],boolean[],timestamp with time zone[]) TO vatevo_jobs;

REVOKE ALL ON ROUTINE public.vatevo_tenant_by_key(text) FROM PUBLIC, vatevo_app, vatevo_jobs;
GRANT EXECUTE ON ROUTINE public.vatevo_tenant_by_key(text) TO vatevo_app;
