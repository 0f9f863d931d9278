-- The wide columns take the names and the places of the narrow ones, in the catalog alone: no row is read. Release 0.1 goes
-- on meanwhile: it reads ids of either type, and the functions that it calls stay as they are to it.
DROP TRIGGER "invoices_wide_id" ON "invoices";
DROP TRIGGER "webhook_events_wide_ids" ON "webhook_events";
-- lint: allow drop-object because the triggers of release 0.1's tables called it and are gone
DROP FUNCTION "vatevo_wide_invoice_id"(), "vatevo_wide_event_ids"();
-- lint: allow drop-object because release 0.1 never called it, only the migration that filled the columns
DROP PROCEDURE "vatevo_fill_wide_ids"();

ALTER TABLE "invoices" ALTER COLUMN "id_wide" SET NOT NULL;
ALTER TABLE "invoices" DROP CONSTRAINT "invoices_id_wide_not_null";
ALTER TABLE "webhook_events" ALTER COLUMN "id_wide" SET NOT NULL, ALTER COLUMN "invoice_id_wide" SET NOT NULL;
ALTER TABLE "webhook_events" DROP CONSTRAINT "webhook_events_id_wide_not_null",
    DROP CONSTRAINT "webhook_events_invoice_id_wide_not_null",
    DROP CONSTRAINT "webhook_events_tenant_id_invoice_id_fkey";

ALTER SEQUENCE "invoices_id_seq" AS bigint MAXVALUE 9007199254740991 OWNED BY "invoices"."id_wide";
ALTER SEQUENCE "webhook_events_id_seq" AS bigint MAXVALUE 9007199254740991 OWNED BY "webhook_events"."id_wide";
ALTER TABLE "invoices" ALTER COLUMN "id_wide" SET DEFAULT nextval('invoices_id_seq');
ALTER TABLE "webhook_events" ALTER COLUMN "id_wide" SET DEFAULT nextval('webhook_events_id_seq');

-- lint: allow drop-column because id_wide takes its name in this transaction, and release 0.1 reads that as well
ALTER TABLE "invoices" DROP COLUMN "id";
-- lint: allow drop-column because id_wide takes its name in this transaction, and release 0.1 reads that as well
-- lint: allow drop-column-in-use because the column that takes its name is filled by the same statements
ALTER TABLE "webhook_events" DROP COLUMN "id", DROP COLUMN "invoice_id";
-- lint: allow rename because no release ever named the wide column
ALTER TABLE "invoices" RENAME COLUMN "id_wide" TO "id";
-- lint: allow rename because no release ever named the wide column
ALTER TABLE "webhook_events" RENAME COLUMN "id_wide" TO "id";
-- lint: allow rename because no release ever named the wide column
ALTER TABLE "webhook_events" RENAME COLUMN "invoice_id_wide" TO "invoice_id";

ALTER TABLE "invoices" ADD CONSTRAINT "invoices_pkey" PRIMARY KEY USING INDEX "invoices_wide_key";
ALTER TABLE "webhook_events" ADD CONSTRAINT "webhook_events_pkey" PRIMARY KEY USING INDEX "webhook_events_wide_key";
ALTER TABLE "webhook_events" RENAME CONSTRAINT "webhook_events_wide_invoice_fkey" TO "webhook_events_tenant_id_invoice_id_fkey";
ALTER INDEX "invoices_wide_status_idx" RENAME TO "invoices_tenant_id_status_id_idx";
ALTER INDEX "webhook_events_wide_invoice_idx" RENAME TO "webhook_events_tenant_id_invoice_id_idx";
ALTER INDEX "webhook_events_wide_failed_idx" RENAME TO "webhook_events_failed_idx";

-- As vatevo_claim_by_tenant was, but for the type of the id: release 0.1 still calls that one, and gets what it knows.
CREATE FUNCTION "vatevo_claim_events"("most" integer, "per_tenant" integer, "after" integer, "known" integer[],
    "rooms" integer[], "lease" integer, "most_attempts" integer)
RETURNS TABLE ("tenant_id" integer, "id" bigint, "event_type" text, "payload" jsonb, "created_at" timestamptz,
    "attempt" integer, "url" text, "secret" text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_incremental_sort = off
    SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    v_tenant integer := "after";
    v_wrapped boolean := false;
    v_left integer := "most";
    v_room integer;
    v_rows integer;
    v_url text;
    v_secret text;
    v_paused boolean;
BEGIN
    WHILE v_left > 0 LOOP
        SELECT e.tenant_id INTO v_tenant FROM public.webhook_events AS e
        WHERE NOT e.delivered AND e.next_attempt_at IS NOT NULL AND e.tenant_id > v_tenant
        ORDER BY e.tenant_id, e.next_attempt_at LIMIT 1;
        IF v_tenant IS NULL THEN
            EXIT WHEN v_wrapped;
            v_wrapped := true;
            v_tenant := -2147483648;
            CONTINUE;
        END IF;
        EXIT WHEN v_wrapped AND v_tenant > "after";

        v_room := least(coalesce("rooms"[array_position("known", v_tenant)], "per_tenant"), v_left);
        CONTINUE WHEN v_room <= 0;

        SELECT t.webhook_url, t.webhook_secret, t.webhooks_paused INTO v_url, v_secret, v_paused FROM public.tenants AS t
        WHERE t.id = v_tenant AND t.is_active AND t.webhook_url <> '';
        IF NOT FOUND THEN
            UPDATE public.webhook_events AS e SET next_attempt_at = NULL FROM (
                SELECT w.tenant_id, w.id FROM public.webhook_events AS w
                WHERE NOT w.delivered AND w.next_attempt_at IS NOT NULL
                    AND (w.tenant_id, w.next_attempt_at) >= (v_tenant, '-infinity'::timestamptz)
                    AND (w.tenant_id, w.next_attempt_at) <= (v_tenant, 'infinity'::timestamptz)
                ORDER BY w.tenant_id, w.next_attempt_at LIMIT 5000 FOR UPDATE SKIP LOCKED
            ) AS unwanted WHERE e.tenant_id = unwanted.tenant_id AND e.id = unwanted.id;
            CONTINUE;
        END IF;
        CONTINUE WHEN v_paused;

        RETURN QUERY WITH due AS (
            SELECT w.tenant_id, w.id FROM public.webhook_events AS w
            WHERE NOT w.delivered AND w.next_attempt_at IS NOT NULL
                AND (w.tenant_id, w.next_attempt_at) >= (v_tenant, '-infinity'::timestamptz)
                AND (w.tenant_id, w.next_attempt_at) <= (v_tenant, now())
            ORDER BY w.tenant_id, w.next_attempt_at LIMIT v_room FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE public.webhook_events AS e SET
                next_attempt_at = CASE WHEN e.delivery_attempts < "most_attempts" THEN now() + make_interval(secs => "lease") END,
                last_attempt_at = CASE WHEN e.delivery_attempts < "most_attempts" THEN now() ELSE e.last_attempt_at END,
                delivery_attempts = e.delivery_attempts + (e.delivery_attempts < "most_attempts")::integer
            FROM due WHERE e.tenant_id = due.tenant_id AND e.id = due.id
            RETURNING e.tenant_id, e.id, e.event_type, e.payload, e.created_at, e.delivery_attempts, e.next_attempt_at
        )
        SELECT c.tenant_id, c.id, c.event_type, c.payload, c.created_at, c.delivery_attempts, v_url, v_secret
        FROM claimed AS c WHERE c.next_attempt_at IS NOT NULL;
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        v_left := v_left - v_rows;
    END LOOP;
END
$$;
CREATE OR REPLACE FUNCTION "vatevo_claim_by_tenant"("most" integer, "per_tenant" integer, "after" integer, "known" integer[],
    "rooms" integer[], "lease" integer, "most_attempts" integer)
RETURNS TABLE ("tenant_id" integer, "id" integer, "event_type" text, "payload" jsonb, "created_at" timestamptz,
    "attempt" integer, "url" text, "secret" text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.tenant_id, c.id::integer, c.event_type, c.payload, c.created_at, c.attempt, c.url, c.secret
    FROM public.vatevo_claim_events("most", "per_tenant", "after", "known", "rooms", "lease", "most_attempts") AS c
$$;

-- The same for vatevo_settle_deliveries.
CREATE FUNCTION "vatevo_settle_events"("tenants" integer[], "events" bigint[], "successes" boolean[],
    "nexts" timestamptz[])
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
    UPDATE public.webhook_events AS e SET delivered = s.success, next_attempt_at = s.next
    FROM unnest("tenants", "events", "successes", "nexts") AS s (tenant, event, success, next)
    WHERE e.tenant_id = s.tenant AND e.id = s.event AND NOT e.delivered
$$;

-- Without this, everybody who can connect may call them.
REVOKE ALL ON FUNCTION
    "vatevo_claim_events"(integer, integer, integer, integer[], integer[], integer, integer),
    "vatevo_settle_events"(integer[], bigint[], boolean[], timestamptz[]) FROM PUBLIC;
