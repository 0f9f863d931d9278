-- What became of deliveries, as vatevo_settle_events does, but for those whose event was sent again since: its attempts
-- are counted anew from 0, and it is due. Where no attempt is named, the outcome counts whatever has happened since.
CREATE FUNCTION "vatevo_settle_attempts"("tenants" integer[], "events" bigint[], "attempts" integer[],
    "successes" boolean[], "nexts" timestamptz[])
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
    UPDATE public.webhook_events AS e SET delivered = s.success, next_attempt_at = s.next
    FROM unnest("tenants", "events", "attempts", "successes", "nexts") AS s (tenant, event, attempt, success, next)
    WHERE e.tenant_id = s.tenant AND e.id = s.event AND NOT e.delivered
        AND e.delivery_attempts >= coalesce(s.attempt, 0)
$$;

-- Without this, everybody who can connect may call it.
REVOKE ALL ON FUNCTION "vatevo_settle_attempts"(integer[], bigint[], integer[], boolean[], timestamptz[]) FROM PUBLIC;
