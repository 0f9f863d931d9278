-- As it was, but in PL/pgSQL: a cluster plans no query that reads distributed tables by parameters of a function in SQL.
CREATE OR REPLACE FUNCTION "vatevo_destinations"("tenants" integer[], "events" bigint[])
RETURNS TABLE ("number" bigint, "url" text, "secret" text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT d.number, t.webhook_url, t.webhook_secret
    FROM unnest("tenants", "events") WITH ORDINALITY AS d (tenant, event, number)
    JOIN public.webhook_events AS e ON e.tenant_id = d.tenant AND e.id = d.event
    JOIN public.tenants AS t ON t.id = d.tenant
    WHERE NOT e.delivered AND e.next_attempt_at IS NOT NULL
        AND t.is_active AND NOT t.webhooks_paused AND t.webhook_url <> '';
END
$$;
