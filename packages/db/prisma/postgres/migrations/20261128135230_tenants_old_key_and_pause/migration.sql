-- AlterTable
ALTER TABLE "tenants" ADD COLUMN     "old_api_key_hash" TEXT,
ADD COLUMN     "old_api_key_until" TIMESTAMPTZ(6),
ADD COLUMN     "webhooks_paused" BOOLEAN NOT NULL DEFAULT false;

-- As before, but for tenants that have paused: their events wait.
CREATE OR REPLACE FUNCTION "vatevo_claim_by_tenant"("most" integer, "per_tenant" integer, "after" integer, "known" integer[],
    "rooms" integer[], "lease" integer, "most_attempts" integer)
RETURNS TABLE ("tenant_id" integer, "id" integer, "event_type" text, "payload" jsonb, "created_at" timestamptz,
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

-- The key that was replaced is taken as long as its grace lasts.
CREATE OR REPLACE FUNCTION "vatevo_tenant_by_key"("hash" text)
RETURNS TABLE ("id" integer, "name" text, "api_key_prefix" text, "webhook_url" text, "is_active" boolean,
    "created_at" timestamptz, "updated_at" timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.id, t.name, t.api_key_prefix, t.webhook_url, t.is_active, t.created_at, t.updated_at
    FROM public.tenants AS t WHERE t.api_key_hash = hash
    UNION ALL
    SELECT t.id, t.name, t.api_key_prefix, t.webhook_url, t.is_active, t.created_at, t.updated_at
    FROM public.tenants AS t WHERE t.old_api_key_hash = hash AND t.old_api_key_until > now()
    LIMIT 1
$$;

-- Gives a tenant another key in the place of the one it has, which is taken until "old_until". Null when there is no
-- such tenant, or its key is not "by_hash", where that is given.
CREATE FUNCTION "vatevo_rotate_api_key"("tenant" integer, "by_hash" text, "new_hash" text, "new_prefix" text,
    "old_until" timestamptz)
RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.tenants AS t SET api_key_hash = new_hash, api_key_prefix = new_prefix,
        old_api_key_hash = CASE WHEN old_until IS NOT NULL THEN t.api_key_hash END, old_api_key_until = old_until,
        updated_at = now()
    WHERE t.id = tenant AND (by_hash IS NULL OR t.api_key_hash = by_hash)
    RETURNING true
$$;

-- Without this, everybody who can connect may call it.
REVOKE ALL ON FUNCTION "vatevo_rotate_api_key"(integer, text, text, text, timestamptz) FROM PUBLIC;
