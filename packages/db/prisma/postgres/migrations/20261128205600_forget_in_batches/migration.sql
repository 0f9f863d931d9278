-- Deletes the oldest "most" of the answers that were kept for repetitions of requests from before "before". Returns how
-- many those were: fewer than "most" when none is left. What another process deletes at the same time is left to it.
CREATE FUNCTION "vatevo_forget_answers"("before" timestamptz, "most" integer)
RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
    WITH old AS (
        SELECT k.tenant_id, k.key FROM public.idempotency_keys AS k WHERE k.created_at < "before"
        ORDER BY k.created_at LIMIT "most" FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM public.idempotency_keys AS k USING old WHERE k.tenant_id = old.tenant_id AND k.key = old.key RETURNING 1
    )
    SELECT count(*)::integer FROM gone
$$;

-- Deletes events that were made and delivered before "before". Looks at "most" events at the most (at least 2), tenant by tenant and by
-- id, from behind the event ("after_tenant", "after_event") on. A tenant is left at the first look that shows an event
-- from after "before": later ids are of later events, so what is young is not read. Returns how many were deleted, and
-- the event to go on behind; no tenant when it has come round.
--
-- Whatever the statistics say, each look goes by the key: no other index is needed, and none is kept up with each event.
CREATE FUNCTION "vatevo_forget_delivered"("before" timestamptz, "after_tenant" bigint, "after_event" bigint, "most" integer)
RETURNS TABLE ("deleted" integer, "next_tenant" bigint, "next_event" bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_incremental_sort = off
    SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    v_left integer := "most";
    v_created timestamptz;
    v_looked integer;
    v_gone integer;
    v_young boolean;
BEGIN
    "deleted" := 0;
    "next_tenant" := "after_tenant";
    "next_event" := "after_event";
    WHILE v_left > 1 LOOP
        v_left := v_left - 1;
        SELECT e.created_at INTO v_created FROM public.webhook_events AS e
        WHERE e.tenant_id = "next_tenant" AND e.id > "next_event" ORDER BY e.tenant_id, e.id LIMIT 1;
        IF NOT FOUND OR v_created >= "before" THEN
            SELECT e.tenant_id, e.id - 1 INTO "next_tenant", "next_event" FROM public.webhook_events AS e
            WHERE e.tenant_id > "next_tenant" ORDER BY e.tenant_id, e.id LIMIT 1;
            EXIT WHEN NOT FOUND;
            CONTINUE;
        END IF;

        WITH looked AS MATERIALIZED (
            SELECT e.id, e.created_at >= "before" AS young,
                e.delivered AND greatest(e.created_at, e.last_attempt_at) < "before" AS old
            FROM public.webhook_events AS e WHERE e.tenant_id = "next_tenant" AND e.id > "next_event"
            ORDER BY e.tenant_id, e.id LIMIT v_left
        ), gone AS (
            DELETE FROM public.webhook_events AS e USING looked
            WHERE looked.old AND e.tenant_id = "next_tenant" AND e.id = looked.id AND e.delivered RETURNING 1
        )
        SELECT (SELECT count(*) FROM looked), (SELECT count(*) FROM gone), max(l.id), bool_or(l.young)
        INTO v_looked, v_gone, "next_event", v_young FROM looked AS l;
        "deleted" := "deleted" + v_gone;
        v_left := v_left - v_looked;
        IF v_young THEN
            "next_event" := 9223372036854775807;
        END IF;
    END LOOP;
    RETURN NEXT;
END
$$;

-- Without this, everybody who can connect may call them.
REVOKE ALL ON FUNCTION "vatevo_forget_answers"(timestamptz, integer),
    "vatevo_forget_delivered"(timestamptz, bigint, bigint, integer) FROM PUBLIC;
