-- What is done for all tenants, for tables that are distributed over a cluster: the same as vatevo_claim_events,
-- vatevo_forget_answers and vatevo_forget_delivered do, in statements that each are of one tenant or lock nothing. On a
-- single server nobody calls them.

CREATE FUNCTION "vatevo_claim_on_shards"("most" integer, "per_tenant" integer, "after" integer, "known" integer[],
    "rooms" integer[], "lease" integer, "most_attempts" integer)
RETURNS TABLE ("tenant_id" integer, "id" bigint, "event_type" text, "payload" jsonb, "created_at" timestamptz,
    "attempt" integer, "url" text, "secret" text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_tenant integer := "after";
    v_wrapped boolean := false;
    v_left integer := "most";
    -- Told to the workers as values.
    v_now timestamptz := now();
    v_again timestamptz := now() + make_interval(secs => "lease");
    v_room integer;
    v_rows integer;
    v_ids bigint[];
    v_url text;
    v_secret text;
    v_paused boolean;
BEGIN
    WHILE v_left > 0 LOOP
        SELECT e.tenant_id INTO v_tenant FROM public.webhook_events AS e
        WHERE NOT e.delivered AND e.next_attempt_at IS NOT NULL AND e.tenant_id > v_tenant
        ORDER BY e.tenant_id LIMIT 1;
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
            SELECT array_agg(u.id) INTO v_ids FROM (
                SELECT w.id FROM public.webhook_events AS w
                WHERE w.tenant_id = v_tenant AND NOT w.delivered AND w.next_attempt_at IS NOT NULL
                ORDER BY w.next_attempt_at LIMIT 5000 FOR UPDATE SKIP LOCKED) AS u;
            UPDATE public.webhook_events AS e SET next_attempt_at = NULL
            WHERE e.tenant_id = v_tenant AND e.id = ANY (v_ids);
            CONTINUE;
        END IF;
        CONTINUE WHEN v_paused;

        -- Locked until the transaction ends, on the connection that changes them.
        SELECT array_agg(u.id) INTO v_ids FROM (
            SELECT w.id FROM public.webhook_events AS w
            WHERE w.tenant_id = v_tenant AND NOT w.delivered AND w.next_attempt_at <= v_now
            ORDER BY w.next_attempt_at LIMIT v_room FOR UPDATE SKIP LOCKED) AS u;
        CONTINUE WHEN v_ids IS NULL;
        RETURN QUERY WITH claimed AS (
            UPDATE public.webhook_events AS e SET
                next_attempt_at = CASE WHEN e.delivery_attempts < "most_attempts" THEN v_again END,
                last_attempt_at = CASE WHEN e.delivery_attempts < "most_attempts" THEN v_now ELSE e.last_attempt_at END,
                delivery_attempts = e.delivery_attempts + (e.delivery_attempts < "most_attempts")::integer
            WHERE e.tenant_id = v_tenant AND e.id = ANY (v_ids)
            RETURNING e.tenant_id, e.id, e.event_type, e.payload, e.created_at, e.delivery_attempts, e.next_attempt_at
        )
        SELECT c.tenant_id, c.id, c.event_type, c.payload, c.created_at, c.delivery_attempts, v_url, v_secret
        FROM claimed AS c WHERE c.next_attempt_at IS NOT NULL;
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        v_left := v_left - v_rows;
    END LOOP;
END
$$;

-- Those of one moment go together, so they may be a few more than "most".
CREATE FUNCTION "vatevo_forget_answers_on_shards"("before" timestamptz, "most" integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_last timestamptz;
    v_gone integer;
BEGIN
    SELECT k.created_at INTO v_last FROM public.idempotency_keys AS k WHERE k.created_at < "before"
    ORDER BY k.created_at OFFSET "most" - 1 LIMIT 1;
    DELETE FROM public.idempotency_keys AS k
    WHERE k.created_at < "before" AND k.created_at <= coalesce(v_last, 'infinity'::timestamptz);
    GET DIAGNOSTICS v_gone = ROW_COUNT;
    RETURN v_gone;
END
$$;

CREATE FUNCTION "vatevo_forget_delivered_on_shards"("before" timestamptz, "after_tenant" bigint, "after_event" bigint,
    "most" integer)
RETURNS TABLE ("deleted" integer, "next_tenant" bigint, "next_event" bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    v_tenant integer := greatest("after_tenant", -2147483648);
    v_event bigint := "after_event";
    v_left integer := "most";
    v_created timestamptz;
    v_looked integer;
    v_gone integer;
    v_young boolean;
    v_ids bigint[];
BEGIN
    "deleted" := 0;
    WHILE v_left > 1 LOOP
        v_left := v_left - 1;
        SELECT e.created_at INTO v_created FROM public.webhook_events AS e
        WHERE e.tenant_id = v_tenant AND e.id > v_event ORDER BY e.id LIMIT 1;
        IF NOT FOUND OR v_created >= "before" THEN
            SELECT e.tenant_id, e.id - 1 INTO v_tenant, v_event FROM public.webhook_events AS e
            WHERE e.tenant_id > v_tenant ORDER BY e.tenant_id, e.id LIMIT 1;
            EXIT WHEN NOT FOUND;
            CONTINUE;
        END IF;

        SELECT count(*), max(l.id), bool_or(l.young), array_agg(l.id) FILTER (WHERE l.old)
        INTO v_looked, v_event, v_young, v_ids FROM (
            SELECT e.id, e.created_at >= "before" AS young,
                e.delivered AND greatest(e.created_at, e.last_attempt_at) < "before" AS old
            FROM public.webhook_events AS e WHERE e.tenant_id = v_tenant AND e.id > v_event
            ORDER BY e.id LIMIT v_left) AS l;
        DELETE FROM public.webhook_events AS e WHERE e.tenant_id = v_tenant AND e.id = ANY (v_ids) AND e.delivered;
        GET DIAGNOSTICS v_gone = ROW_COUNT;
        "deleted" := "deleted" + v_gone;
        v_left := v_left - v_looked;
        IF v_young THEN
            v_event := 9223372036854775807;
        END IF;
    END LOOP;
    "next_tenant" := v_tenant;
    "next_event" := v_event;
    RETURN NEXT;
END
$$;

-- Without this, everybody who can connect may call them.
REVOKE ALL ON FUNCTION
    "vatevo_claim_on_shards"(integer, integer, integer, integer[], integer[], integer, integer),
    "vatevo_forget_answers_on_shards"(timestamptz, integer),
    "vatevo_forget_delivered_on_shards"(timestamptz, bigint, bigint, integer) FROM PUBLIC;
