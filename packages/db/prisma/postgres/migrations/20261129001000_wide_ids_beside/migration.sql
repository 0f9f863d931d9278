-- Ids of invoices and events are to be BIGINT. ALTER TYPE would write the tables anew while nobody can read them, so the
-- wide columns come beside the narrow ones, are filled in batches, get their keys concurrently, and take the others' place
-- in one short transaction (20261129001010_wide_ids). (Prisma cannot express it.)
ALTER TABLE "invoices" ADD COLUMN "id_wide" BIGINT;
ALTER TABLE "webhook_events" ADD COLUMN "id_wide" BIGINT, ADD COLUMN "invoice_id_wide" BIGINT;

-- Whatever release inserts. Ids never change afterwards.
CREATE FUNCTION "vatevo_wide_invoice_id"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.id_wide := NEW.id;
    RETURN NEW;
END
$$;
CREATE FUNCTION "vatevo_wide_event_ids"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.id_wide := NEW.id;
    NEW.invoice_id_wide := NEW.invoice_id;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION "vatevo_wide_invoice_id"(), "vatevo_wide_event_ids"() FROM PUBLIC;
CREATE TRIGGER "invoices_wide_id" BEFORE INSERT ON "invoices"
    FOR EACH ROW EXECUTE FUNCTION "vatevo_wide_invoice_id"();
CREATE TRIGGER "webhook_events_wide_ids" BEFORE INSERT ON "webhook_events"
    FOR EACH ROW EXECUTE FUNCTION "vatevo_wide_event_ids"();
