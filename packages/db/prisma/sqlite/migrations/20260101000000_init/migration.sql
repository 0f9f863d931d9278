-- CreateTable
CREATE TABLE "tenants" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "api_key_hash" TEXT NOT NULL,
    "api_key_prefix" TEXT NOT NULL,
    "webhook_url" TEXT,
    "webhook_secret" TEXT,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" DATETIME NOT NULL DEFAULT ((strftime('%Y-%m-%dT%H:%M:%f000Z','now'))),
    "updated_at" DATETIME,
    CONSTRAINT "tenants_api_key_hash_check" CHECK (length("api_key_hash") = 64 AND "api_key_hash" NOT GLOB '*[^0-9a-f]*'),
    CONSTRAINT "tenants_api_key_prefix_check" CHECK (length("api_key_prefix") <= 8)
);

-- CreateTable
CREATE TABLE "invoices" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "external_id" TEXT NOT NULL,
    "tenant_id" INTEGER NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'DRAFT',
    "country_code" TEXT NOT NULL,
    "invoice_number" TEXT NOT NULL,
    "issue_date" DATETIME NOT NULL,
    "due_date" DATETIME,
    "subtotal" DECIMAL_TEXT NOT NULL,
    "tax_amount" DECIMAL_TEXT NOT NULL,
    "total_amount" DECIMAL_TEXT NOT NULL,
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
    "created_at" DATETIME NOT NULL DEFAULT ((strftime('%Y-%m-%dT%H:%M:%f000Z','now'))),
    "updated_at" DATETIME,
    "submitted_at" DATETIME,
    CONSTRAINT "invoices_status_check" CHECK ("status" IN ('DRAFT', 'VALIDATED', 'SUBMITTED', 'ACCEPTED', 'REJECTED', 'FAILED')),
    CONSTRAINT "invoices_country_code_check" CHECK ("country_code" IN ('DE', 'IT', 'FR', 'ES', 'NL', 'BE', 'AT')),
    CONSTRAINT "invoices_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE NO ACTION ON UPDATE NO ACTION
);

-- CreateTable
CREATE TABLE "webhook_events" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "tenant_id" INTEGER NOT NULL,
    "invoice_id" INTEGER NOT NULL,
    "event_type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "delivered" BOOLEAN NOT NULL DEFAULT false,
    "delivery_attempts" INTEGER NOT NULL DEFAULT 0,
    "last_attempt_at" DATETIME,
    "next_attempt_at" DATETIME DEFAULT ((strftime('%Y-%m-%dT%H:%M:%f000Z','now'))),
    "created_at" DATETIME NOT NULL DEFAULT ((strftime('%Y-%m-%dT%H:%M:%f000Z','now'))),
    CONSTRAINT "webhook_events_tenant_id_invoice_id_fkey" FOREIGN KEY ("tenant_id", "invoice_id") REFERENCES "invoices" ("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "tenant_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "answer" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL DEFAULT ((strftime('%Y-%m-%dT%H:%M:%f000Z','now'))),

    PRIMARY KEY ("tenant_id", "key"),
    CONSTRAINT "idempotency_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE NO ACTION ON UPDATE NO ACTION
);

-- CreateIndex
CREATE UNIQUE INDEX "tenants_api_key_hash_key" ON "tenants"("api_key_hash");

-- CreateIndex
CREATE INDEX "invoices_tenant_id_status_id_idx" ON "invoices"("tenant_id", "status", "id");

-- CreateIndex
CREATE UNIQUE INDEX "invoices_tenant_id_id_key" ON "invoices"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "webhook_events_tenant_id_invoice_id_idx" ON "webhook_events"("tenant_id", "invoice_id");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_events_tenant_id_id_key" ON "webhook_events"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- The deliveries still to be made, few among many events.
CREATE INDEX "webhook_events_due_idx" ON "webhook_events"("next_attempt_at") WHERE NOT "delivered";
