-- Fills the wide columns of the rows from before the triggers, 1,000 rows a transaction, by their key. It waits for no row:
-- those that somebody else holds are filled in another pass. What is filled stays so when it is stopped.
CREATE PROCEDURE "vatevo_fill_wide_ids"()
LANGUAGE plpgsql AS $$
DECLARE
    v_first CONSTANT bigint := -9223372036854775808;
    v_tenant bigint;
    v_id bigint;
    v_last_tenant bigint;
    v_last_id bigint;
    v_held bigint;
BEGIN
    v_tenant := v_first;
    v_id := v_first;
    v_held := 0;
    LOOP
        PERFORM set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true);
        SELECT b.tenant_id, b.id INTO v_last_tenant, v_last_id FROM (
            SELECT t.tenant_id, t.id FROM public.invoices AS t WHERE (t.tenant_id, t.id) > (v_tenant, v_id)
            ORDER BY t.tenant_id, t.id LIMIT 1000
        ) AS b ORDER BY b.tenant_id DESC, b.id DESC LIMIT 1;
        IF NOT FOUND THEN
            EXIT WHEN v_held = 0;
            v_tenant := v_first;
            v_id := v_first;
            v_held := 0;
            PERFORM pg_sleep(0.2);
            CONTINUE;
        END IF;
        WITH free AS MATERIALIZED (
            SELECT t.tenant_id, t.id FROM public.invoices AS t
            WHERE (t.tenant_id, t.id) > (v_tenant, v_id) AND (t.tenant_id, t.id) <= (v_last_tenant, v_last_id)
                AND t.id_wide IS NULL
            FOR UPDATE SKIP LOCKED
        )
        UPDATE public.invoices AS t SET id_wide = t.id FROM free
        WHERE t.tenant_id = free.tenant_id AND t.id = free.id;
        SELECT v_held + count(*) INTO v_held FROM public.invoices AS t
        WHERE (t.tenant_id, t.id) > (v_tenant, v_id) AND (t.tenant_id, t.id) <= (v_last_tenant, v_last_id)
            AND t.id_wide IS NULL;
        v_tenant := v_last_tenant;
        v_id := v_last_id;
        COMMIT;
    END LOOP;

    v_tenant := v_first;
    v_id := v_first;
    v_held := 0;
    LOOP
        PERFORM set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true);
        SELECT b.tenant_id, b.id INTO v_last_tenant, v_last_id FROM (
            SELECT t.tenant_id, t.id FROM public.webhook_events AS t WHERE (t.tenant_id, t.id) > (v_tenant, v_id)
            ORDER BY t.tenant_id, t.id LIMIT 1000
        ) AS b ORDER BY b.tenant_id DESC, b.id DESC LIMIT 1;
        IF NOT FOUND THEN
            EXIT WHEN v_held = 0;
            v_tenant := v_first;
            v_id := v_first;
            v_held := 0;
            PERFORM pg_sleep(0.2);
            CONTINUE;
        END IF;
        WITH free AS MATERIALIZED (
            SELECT t.tenant_id, t.id FROM public.webhook_events AS t
            WHERE (t.tenant_id, t.id) > (v_tenant, v_id) AND (t.tenant_id, t.id) <= (v_last_tenant, v_last_id)
                AND t.id_wide IS NULL
            FOR UPDATE SKIP LOCKED
        )
        UPDATE public.webhook_events AS t SET id_wide = t.id, invoice_id_wide = t.invoice_id FROM free
        WHERE t.tenant_id = free.tenant_id AND t.id = free.id;
        SELECT v_held + count(*) INTO v_held FROM public.webhook_events AS t
        WHERE (t.tenant_id, t.id) > (v_tenant, v_id) AND (t.tenant_id, t.id) <= (v_last_tenant, v_last_id)
            AND t.id_wide IS NULL;
        v_tenant := v_last_tenant;
        v_id := v_last_id;
        COMMIT;
    END LOOP;
END
$$;
REVOKE ALL ON PROCEDURE "vatevo_fill_wide_ids"() FROM PUBLIC;
