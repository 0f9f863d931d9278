-- CreateEnum
CREATE TYPE "InvoiceStatus" AS ENUM ('DRAFT', 'VALIDATED', 'SUBMITTED', 'ACCEPTED', 'REJECTED', 'FAILED');

-- CreateEnum
CREATE TYPE "CountryCode" AS ENUM ('DE', 'IT', 'FR', 'ES', 'NL', 'BE', 'AT');

-- CreateTable
CREATE TABLE "tenants" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "api_key_hash" TEXT NOT NULL,
    "api_key_prefix" TEXT NOT NULL,
    "webhook_url" TEXT,
    "webhook_secret" TEXT,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6),

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invoices" (
    "id" SERIAL NOT NULL,
    "external_id" TEXT NOT NULL,
    "tenant_id" INTEGER NOT NULL,
    "status" "InvoiceStatus" NOT NULL DEFAULT 'DRAFT',
    "country_code" "CountryCode" NOT NULL,
    "invoice_number" TEXT NOT NULL,
    "issue_date" TIMESTAMPTZ(6) NOT NULL,
    "due_date" TIMESTAMPTZ(6),
    "subtotal" DECIMAL NOT NULL,
    "tax_amount" DECIMAL NOT NULL,
    "total_amount" DECIMAL NOT NULL,
    "currency" TEXT NOT NULL DEFAULT 'EUR',
    "supplier_data" JSONB NOT NULL,
    "customer_data" JSONB NOT NULL,
    "line_items" JSONB NOT NULL,
    "ubl_xml" TEXT,
    "country_xml" TEXT,
    "pdf_url" TEXT,
    "submission_id" TEXT,
    "gateway_response" JSONB,
    "error_message" TEXT,
    "retry_count" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6),
    "submitted_at" TIMESTAMPTZ(6),

    CONSTRAINT "invoices_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "webhook_events" (
    "id" SERIAL NOT NULL,
    "tenant_id" INTEGER NOT NULL,
    "invoice_id" INTEGER NOT NULL,
    "event_type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "delivered" BOOLEAN NOT NULL DEFAULT false,
    "delivery_attempts" INTEGER NOT NULL DEFAULT 0,
    "last_attempt_at" TIMESTAMPTZ(6),
    "next_attempt_at" TIMESTAMPTZ(6) DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_events_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "tenant_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "answer" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("tenant_id","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "tenants_api_key_hash_key" ON "tenants"("api_key_hash");

-- CreateIndex
CREATE INDEX "invoices_tenant_id_status_id_idx" ON "invoices"("tenant_id", "status", "id");

-- CreateIndex
CREATE INDEX "webhook_events_tenant_id_invoice_id_idx" ON "webhook_events"("tenant_id", "invoice_id");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- AddForeignKey
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "webhook_events" ADD CONSTRAINT "webhook_events_tenant_id_invoice_id_fkey" FOREIGN KEY ("tenant_id", "invoice_id") REFERENCES "invoices"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- What follows Prisma cannot express.

-- Only what every row of the old service passes: names, amounts and dates are
-- taken as they come.
ALTER TABLE "tenants"
    ADD CONSTRAINT "tenants_api_key_hash_check" CHECK ("api_key_hash" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "tenants_api_key_prefix_check" CHECK (char_length("api_key_prefix") <= 8);

-- The deliveries still to be made, few among many events.
CREATE INDEX "webhook_events_due_idx" ON "webhook_events"("next_attempt_at") WHERE NOT "delivered";

-- Tenants are kept apart by the database, too. The owner of the tables, who
-- migrates, transfers and runs the jobs, is not bound by this (no FORCE); the
-- API answers its tenants as the role vatevo_app, which is. Roles belong to the
-- server and not to a database: src/roles makes this one and grants it what it
-- needs.
ALTER TABLE "tenants" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "invoices" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "webhook_events" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "idempotency_keys" ENABLE ROW LEVEL SECURITY;

CREATE POLICY "tenants_own" ON "tenants"
    USING ("id" = NULLIF(current_setting('vatevo.tenant_id', true), '')::integer);
CREATE POLICY "invoices_own" ON "invoices"
    USING ("tenant_id" = NULLIF(current_setting('vatevo.tenant_id', true), '')::integer);
CREATE POLICY "webhook_events_own" ON "webhook_events"
    USING ("tenant_id" = NULLIF(current_setting('vatevo.tenant_id', true), '')::integer);
CREATE POLICY "idempotency_keys_own" ON "idempotency_keys"
    USING ("tenant_id" = NULLIF(current_setting('vatevo.tenant_id', true), '')::integer);

-- What the API must do before it knows the tenant, or for all of them: a
-- function for each, so that vatevo_app gets this much and no more.

CREATE FUNCTION "vatevo_tenant_by_key"("hash" text)
RETURNS TABLE ("id" integer, "name" text, "api_key_prefix" text, "webhook_url" text, "is_active" boolean,
    "created_at" timestamptz, "updated_at" timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.id, t.name, t.api_key_prefix, t.webhook_url, t.is_active, t.created_at, t.updated_at
    FROM public.tenants AS t WHERE t.api_key_hash = hash
$$;

CREATE FUNCTION "vatevo_create_tenant"("name" text, "api_key_hash" text, "api_key_prefix" text, "webhook_url" text,
    "webhook_secret" text)
RETURNS TABLE ("id" integer, "name" text, "api_key_prefix" text, "webhook_url" text, "is_active" boolean,
    "created_at" timestamptz, "updated_at" timestamptz)
LANGUAGE sql SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.tenants AS t (name, api_key_hash, api_key_prefix, webhook_url, webhook_secret)
    VALUES ($1, $2, $3, $4, $5)
    RETURNING t.id, t.name, t.api_key_prefix, t.webhook_url, t.is_active, t.created_at, t.updated_at
$$;

-- Takes deliveries that are due, for "lease" seconds: who crashes in between
-- leaves them to the next. Those that nobody wants any more are put to rest.
CREATE FUNCTION "vatevo_claim_deliveries"("most" integer, "lease" integer, "most_attempts" integer)
RETURNS TABLE ("tenant_id" integer, "id" integer, "event_type" text, "payload" jsonb, "created_at" timestamptz,
    "attempt" integer, "url" text, "secret" text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH due AS (
        SELECT e.tenant_id, e.id, t.webhook_url, t.webhook_secret,
            t.is_active AND coalesce(t.webhook_url, '') <> '' AND e.delivery_attempts < most_attempts AS wanted
        FROM public.webhook_events AS e JOIN public.tenants AS t ON t.id = e.tenant_id
        WHERE NOT e.delivered AND e.next_attempt_at <= now()
        ORDER BY e.next_attempt_at LIMIT most FOR UPDATE OF e SKIP LOCKED
    ), claimed AS (
        UPDATE public.webhook_events AS e SET
            next_attempt_at = CASE WHEN due.wanted THEN now() + make_interval(secs => lease) END,
            last_attempt_at = CASE WHEN due.wanted THEN now() ELSE e.last_attempt_at END,
            delivery_attempts = e.delivery_attempts + due.wanted::integer
        FROM due WHERE e.tenant_id = due.tenant_id AND e.id = due.id
        RETURNING e.tenant_id, e.id, e.event_type, e.payload, e.created_at, e.delivery_attempts, due.*
    )
    SELECT c.tenant_id, c.id, c.event_type, c.payload, c.created_at, c.delivery_attempts, c.webhook_url, c.webhook_secret
    FROM claimed AS c (tenant_id, id, event_type, payload, created_at, delivery_attempts, of_tenant, of_event, webhook_url,
        webhook_secret, wanted)
    WHERE c.wanted
$$;

CREATE FUNCTION "vatevo_settle_delivery"("of_tenant" integer, "event" integer, "success" boolean, "next" timestamptz)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.webhook_events AS e SET delivered = success, next_attempt_at = next
    WHERE e.tenant_id = of_tenant AND e.id = event AND NOT e.delivered
$$;

CREATE FUNCTION "vatevo_forget_idempotency_keys"("before" timestamptz)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM public.idempotency_keys AS k WHERE k.created_at < before
$$;

-- Without this, everybody who can connect may call them.
REVOKE ALL ON FUNCTION "vatevo_tenant_by_key"(text), "vatevo_create_tenant"(text, text, text, text, text),
    "vatevo_claim_deliveries"(integer, integer, integer),
    "vatevo_settle_delivery"(integer, integer, boolean, timestamptz), "vatevo_forget_idempotency_keys"(timestamptz)
    FROM PUBLIC;
