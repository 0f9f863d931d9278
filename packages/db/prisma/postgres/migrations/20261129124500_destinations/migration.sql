-- Where deliveries go by now: their tenants may have changed it since they were claimed. Those of tenants that have paused,
-- or want no events any more, are missing, and so is what does not wait any more. Numbers are those of the places.
CREATE FUNCTION "vatevo_destinations"("tenants" integer[], "events" bigint[])
RETURNS TABLE ("number" bigint, "url" text, "secret" text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
    SELECT d.number, t.webhook_url, t.webhook_secret
    FROM unnest("tenants", "events") WITH ORDINALITY AS d (tenant, event, number)
    JOIN public.webhook_events AS e ON e.tenant_id = d.tenant AND e.id = d.event
    JOIN public.tenants AS t ON t.id = d.tenant
    WHERE NOT e.delivered AND e.next_attempt_at IS NOT NULL
        AND t.is_active AND NOT t.webhooks_paused AND t.webhook_url <> ''
$$;

-- Takes back claims of which nothing was sent. What has been claimed, sent again or put to rest since stays as it is.
CREATE FUNCTION "vatevo_give_back"("tenants" integer[], "events" bigint[], "attempts" integer[])
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
    UPDATE public.webhook_events AS e SET next_attempt_at = now(), delivery_attempts = e.delivery_attempts - 1,
        last_attempt_at = CASE WHEN e.delivery_attempts > 1 THEN e.last_attempt_at END
    FROM unnest("tenants", "events", "attempts") AS g (tenant, event, attempt)
    WHERE e.tenant_id = g.tenant AND e.id = g.event AND NOT e.delivered AND e.next_attempt_at IS NOT NULL
        AND e.delivery_attempts = g.attempt
$$;

-- Without this, everybody who can connect may call them.
REVOKE ALL ON FUNCTION "vatevo_destinations"(integer[], bigint[]), "vatevo_give_back"(integer[], bigint[], integer[])
FROM PUBLIC;
