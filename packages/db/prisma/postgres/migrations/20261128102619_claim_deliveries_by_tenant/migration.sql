-- Takes deliveries that are due, tenant by tenant from the one behind "after" on, for "lease" seconds: who crashes in
-- between leaves them to the next. A tenant gives "per_tenant" of them, or as many as "rooms" says at its place in
-- "known". Events that nobody wants are put to rest, thousands at a time.
--
-- Whatever the statistics say, each look goes straight into the index of what is due by tenant: conditions on rows, and
-- an order that no other index has, leave the planner no other way. With a million events due it would else read them.
CREATE FUNCTION "vatevo_claim_by_tenant"("most" integer, "per_tenant" integer, "after" integer, "known" integer[],
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

        SELECT t.webhook_url, t.webhook_secret INTO v_url, v_secret FROM public.tenants AS t
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

-- What became of deliveries, many at a time: taken by their receivers, or due again at "nexts", or given up.
CREATE FUNCTION "vatevo_settle_deliveries"("tenants" integer[], "events" integer[], "successes" boolean[],
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
    "vatevo_claim_by_tenant"(integer, integer, integer, integer[], integer[], integer, integer),
    "vatevo_settle_deliveries"(integer[], integer[], boolean[], timestamptz[]) FROM PUBLIC;
