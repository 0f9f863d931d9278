-- A cluster whose every server takes requests assigns ids in ranges, one of 2^48 for each server.

-- Of a tenant's events the later have the higher ids within a range: behind the first that is too young it goes on with
-- the next range.
CREATE OR REPLACE FUNCTION "vatevo_forget_delivered_on_shards"("before" timestamptz, "after_tenant" bigint, "after_event" bigint,
    "most" integer)
RETURNS TABLE ("deleted" integer, "next_tenant" bigint, "next_event" bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    v_tenant integer := greatest("after_tenant", -2147483648);
    v_event bigint := "after_event";
    v_left integer := "most";
    v_found bigint;
    v_created timestamptz;
    v_looked integer;
    v_gone integer;
    v_young bigint;
    v_ids bigint[];
BEGIN
    "deleted" := 0;
    WHILE v_left > 1 LOOP
        v_left := v_left - 1;
        SELECT e.id, e.created_at INTO v_found, v_created FROM public.webhook_events AS e
        WHERE e.tenant_id = v_tenant AND e.id > v_event ORDER BY e.id LIMIT 1;
        IF NOT FOUND THEN
            SELECT e.tenant_id, e.id - 1 INTO v_tenant, v_event FROM public.webhook_events AS e
            WHERE e.tenant_id > v_tenant ORDER BY e.tenant_id, e.id LIMIT 1;
            EXIT WHEN NOT FOUND;
            CONTINUE;
        END IF;
        IF v_created >= "before" THEN
            v_event := v_found | 281474976710655;
            CONTINUE;
        END IF;

        SELECT count(*), max(l.id), min(l.id) FILTER (WHERE l.young), array_agg(l.id) FILTER (WHERE l.old)
        INTO v_looked, v_event, v_young, v_ids FROM (
            SELECT e.id, e.created_at >= "before" AS young,
                e.delivered AND greatest(e.created_at, e.last_attempt_at) < "before" AS old
            FROM public.webhook_events AS e WHERE e.tenant_id = v_tenant AND e.id > v_event
            ORDER BY e.id LIMIT v_left) AS l;
        DELETE FROM public.webhook_events AS e WHERE e.tenant_id = v_tenant AND e.id = ANY (v_ids) AND e.delivered;
        GET DIAGNOSTICS v_gone = ROW_COUNT;
        "deleted" := "deleted" + v_gone;
        v_left := v_left - v_looked;
        IF v_young IS NOT NULL THEN
            v_event := v_young | 281474976710655;
        END IF;
    END LOOP;
    "next_tenant" := v_tenant;
    "next_event" := v_event;
    RETURN NEXT;
END
$$;

-- As vatevo_create_tenant does; but ids of tenants are too small for ranges, so all of them come from the coordinator.
CREATE FUNCTION "vatevo_create_tenant_on_shards"(text, text, text, text, text)
RETURNS TABLE ("id" integer, "name" text, "api_key_prefix" text, "webhook_url" text, "is_active" boolean,
    "created_at" timestamptz, "updated_at" timestamptz)
LANGUAGE plpgsql SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_group integer := 0;
    v_id integer;
BEGIN
    IF to_regclass('pg_catalog.pg_dist_local_group') IS NOT NULL THEN
        EXECUTE 'SELECT groupid FROM pg_dist_local_group' INTO v_group;
    END IF;
    IF v_group = 0 THEN
        v_id := nextval('public.tenants_id_seq');
    ELSE
        EXECUTE 'SELECT result::integer FROM run_command_on_coordinator($1)' INTO v_id
        USING 'SELECT nextval(''public.tenants_id_seq'')';
    END IF;
    RETURN QUERY INSERT INTO public.tenants AS t (id, name, api_key_hash, api_key_prefix, webhook_url, webhook_secret)
    VALUES (v_id, $1, $2, $3, $4, $5)
    RETURNING t.id, t.name, t.api_key_prefix, t.webhook_url, t.is_active, t.created_at, t.updated_at;
END
$$;

-- Without this, everybody who can connect may call it.
REVOKE ALL ON FUNCTION "vatevo_create_tenant_on_shards"(text, text, text, text, text) FROM PUBLIC;
