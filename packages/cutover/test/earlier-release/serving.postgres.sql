CREATE SCHEMA vatevo_cutover;
CREATE SCHEMA vatevo_transfer;
CREATE TABLE public.people (id serial NOT NULL, name text NOT NULL, mail text);
INSERT INTO public.people (id, name, mail) OVERRIDING SYSTEM VALUE VALUES ('1', 'Ada', 'a@x');
INSERT INTO public.people (id, name, mail) OVERRIDING SYSTEM VALUE VALUES ('3', 'Cy', 'c@x');
INSERT INTO public.people (id, name, mail) OVERRIDING SYSTEM VALUE VALUES ('2', 'Bob', 'b@x');
INSERT INTO public.people (id, name, mail) OVERRIDING SYSTEM VALUE VALUES ('4', 'Di', NULL);
CREATE TABLE public.notes (id integer NOT NULL, person_id integer NOT NULL, amount numeric, at timestamp(6) with time zone);
INSERT INTO public.notes (id, person_id, amount, at) OVERRIDING SYSTEM VALUE VALUES ('3', '2', '3.00', '2025-02-01 00:00:00.5+00');
INSERT INTO public.notes (id, person_id, amount, at) OVERRIDING SYSTEM VALUE VALUES ('4', '4', '4.5', '2025-03-01 00:00:00+00');
CREATE TABLE vatevo_cutover.move (number bigint NOT NULL GENERATED ALWAYS AS IDENTITY, id text NOT NULL, state text NOT NULL, source_name text NOT NULL, format text NOT NULL, run_id bigint, inode text, schema_version bigint, applied bigint NOT NULL DEFAULT 0, verified bigint, checksums_at bigint, downtime_ms double precision, return_inode text, sequences jsonb NOT NULL DEFAULT '[]'::jsonb, changed_at timestamp with time zone NOT NULL DEFAULT now(), started_at timestamp with time zone NOT NULL DEFAULT now());
INSERT INTO vatevo_cutover.move (number, id, state, source_name, format, run_id, inode, schema_version, applied, verified, checksums_at, downtime_ms, return_inode, sequences, changed_at, started_at) OVERRIDING SYSTEM VALUE VALUES ('1', '328cbe5a-4177-4f3f-a6ed-a65ebf7747e9', 'serving', 'source.db', 'own', '1', '65024:2179345', '18', '3', '3', '0', '508.34064600000056', NULL, '[["public.people_id_seq", null]]', '2026-11-28 10:03:32.484198+00', '2026-11-28 10:03:27.957751+00');
CREATE TABLE vatevo_cutover.change (seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY, tbl text NOT NULL, key text[] NOT NULL, transaction xid8 NOT NULL DEFAULT pg_current_xact_id());
INSERT INTO vatevo_cutover.change (seq, tbl, key, transaction) OVERRIDING SYSTEM VALUE VALUES ('1', 'people', '{2}', '3');
INSERT INTO vatevo_cutover.change (seq, tbl, key, transaction) OVERRIDING SYSTEM VALUE VALUES ('2', 'people', '{4}', '3');
INSERT INTO vatevo_cutover.change (seq, tbl, key, transaction) OVERRIDING SYSTEM VALUE VALUES ('3', 'notes', '{4}', '3');
INSERT INTO vatevo_cutover.change (seq, tbl, key, transaction) OVERRIDING SYSTEM VALUE VALUES ('4', 'notes', '{2}', '3');
CREATE TABLE vatevo_cutover.row_checksum (move_id text NOT NULL, tbl text NOT NULL, rowids bytea NOT NULL, sums bytea NOT NULL);
INSERT INTO vatevo_cutover.row_checksum (move_id, tbl, rowids, sums) OVERRIDING SYSTEM VALUE VALUES ('328cbe5a-4177-4f3f-a6ed-a65ebf7747e9', 'notes', E'\\x000000000000f03f0000000000000040', E'\\x8c2d07757ccbad49');
INSERT INTO vatevo_cutover.row_checksum (move_id, tbl, rowids, sums) OVERRIDING SYSTEM VALUE VALUES ('328cbe5a-4177-4f3f-a6ed-a65ebf7747e9', 'people', E'\\x000000000000f03f00000000000000400000000000000840', E'\\xa9f7fd82d4e78c5b11067b30');
CREATE TABLE vatevo_transfer.run (id bigint NOT NULL GENERATED ALWAYS AS IDENTITY, state text NOT NULL, source_name text NOT NULL, fingerprint jsonb NOT NULL, run_start text NOT NULL, plan text NOT NULL, started_at timestamp with time zone NOT NULL DEFAULT now(), completed_at timestamp with time zone);
INSERT INTO vatevo_transfer.run (id, state, source_name, fingerprint, run_start, plan, started_at, completed_at) OVERRIDING SYSTEM VALUE VALUES ('1', 'complete', 'source.db', '{"size": 20480, "header": "173d300cde5accabed1ffbc8f1e012dc432fb2269b82a11ef3d9b532eaec726f", "modified": "1795860202667575764"}', '2026-11-28 10:03:25.961000', '{"schema":"public","tables":[{"source":"notes","target":{"schema":"public","name":"notes"},"key":["id"],"rowid":"id","columns":[{"target":"id","type":{"name":"int4","sql":"integer"},"notNull":true,"generated":false,"from":{"column":"id"},"secret":false},{"target":"person_id","type":{"name":"int4","sql":"integer"},"notNull":true,"generated":false,"from":{"column":"person_id"},"secret":false},{"target":"amount","type":{"name":"numeric","sql":"numeric"},"notNull":false,"generated":false,"from":{"column":"amount"},"secret":false},{"target":"at","type":{"name":"timestamptz","sql":"timestamp(6) with time zone","fractionDigits":6},"notNull":false,"generated":false,"from":{"column":"at"},"secret":false}],"identity":[0]},{"source":"people","target":{"schema":"public","name":"people"},"key":["id"],"rowid":"id","columns":[{"target":"id","type":{"name":"int4","sql":"integer"},"notNull":true,"generated":false,"from":{"column":"id"},"sequence":"public.people_id_seq","secret":false},{"target":"name","type":{"name":"text","sql":"text"},"notNull":true,"generated":false,"from":{"column":"name"},"secret":false},{"target":"mail","type":{"name":"text","sql":"text"},"notNull":false,"generated":false,"from":{"column":"mail"},"secret":false}],"identity":[0]}],"leftBehind":[]}', '2026-11-28 10:03:27.957751+00', '2026-11-28 10:03:32.268309+00');
CREATE TABLE vatevo_transfer.range (run_id bigint NOT NULL, table_name text NOT NULL, lowest bigint NOT NULL, highest bigint NOT NULL, rows bigint NOT NULL, bytes bigint NOT NULL);
INSERT INTO vatevo_transfer.range (run_id, table_name, lowest, highest, rows, bytes) OVERRIDING SYSTEM VALUE VALUES ('1', 'notes', '1', '2', '2', '82');
INSERT INTO vatevo_transfer.range (run_id, table_name, lowest, highest, rows, bytes) OVERRIDING SYSTEM VALUE VALUES ('1', 'people', '1', '3', '3', '67');
CREATE TABLE vatevo_transfer.put_aside (run_id bigint NOT NULL, "position" integer NOT NULL, table_name text NOT NULL, name text NOT NULL, definition text NOT NULL, restored boolean NOT NULL DEFAULT false);
INSERT INTO vatevo_transfer.put_aside (run_id, "position", table_name, name, definition, restored) OVERRIDING SYSTEM VALUE VALUES ('1', '0', 'notes', 'notes_pkey', 'ALTER TABLE public.notes ADD CONSTRAINT notes_pkey PRIMARY KEY (id); COMMENT ON CONSTRAINT notes_pkey ON public.notes IS NULL', 'true');
INSERT INTO vatevo_transfer.put_aside (run_id, "position", table_name, name, definition, restored) OVERRIDING SYSTEM VALUE VALUES ('1', '1', 'people', 'people_mail_key', 'ALTER TABLE public.people ADD CONSTRAINT people_mail_key UNIQUE (mail); COMMENT ON CONSTRAINT people_mail_key ON public.people IS NULL', 'true');
INSERT INTO vatevo_transfer.put_aside (run_id, "position", table_name, name, definition, restored) OVERRIDING SYSTEM VALUE VALUES ('1', '2', 'people', 'people_pkey', 'ALTER TABLE public.people ADD CONSTRAINT people_pkey PRIMARY KEY (id); COMMENT ON CONSTRAINT people_pkey ON public.people IS NULL', 'true');
INSERT INTO vatevo_transfer.put_aside (run_id, "position", table_name, name, definition, restored) OVERRIDING SYSTEM VALUE VALUES ('1', '3', 'notes', 'notes_person_id_fkey', 'ALTER TABLE public.notes ADD CONSTRAINT notes_person_id_fkey FOREIGN KEY (person_id) REFERENCES people(id); COMMENT ON CONSTRAINT notes_person_id_fkey ON public.notes IS NULL', 'true');
CREATE TABLE vatevo_transfer.alteration (run_id bigint NOT NULL, table_name text NOT NULL, row_key text NOT NULL, column_name text NOT NULL, before text NOT NULL, after text NOT NULL);
CREATE TABLE vatevo_transfer.quarantine (run_id bigint NOT NULL, table_name text NOT NULL, place bigint NOT NULL, source_table text NOT NULL, row_key text NOT NULL, row_id bigint, reasons jsonb NOT NULL);
CREATE TABLE vatevo_transfer.quarantine_value (run_id bigint NOT NULL, table_name text NOT NULL, place bigint NOT NULL, ordinal integer NOT NULL, column_name text NOT NULL, storage_class text NOT NULL, bytes bytea);
CREATE TABLE vatevo_transfer.structure (run_id bigint NOT NULL, schema_name text NOT NULL, table_name text NOT NULL, kind text NOT NULL, name text NOT NULL, definition text NOT NULL);
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'column', 'amount', 'numeric');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'column', 'at', 'timestamp(6) with time zone');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'column', 'id', 'integer NOT NULL');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'column', 'person_id', 'integer NOT NULL');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'constraint', 'notes_person_id_fkey', 'FOREIGN KEY (person_id) REFERENCES public.people(id)');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'constraint', 'notes_pkey', 'PRIMARY KEY (id)');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'table', '', 'logged');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'column', 'id', 'integer NOT NULL DEFAULT nextval(''public.people_id_seq''::regclass)');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'column', 'mail', 'text');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'column', 'name', 'text NOT NULL');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'constraint', 'people_mail_key', 'UNIQUE (mail)');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'constraint', 'people_pkey', 'PRIMARY KEY (id)');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'sequence', 'id', 'public.people_id_seq AS integer INCREMENT 1 MINVALUE 1 MAXVALUE 2147483647');
INSERT INTO vatevo_transfer.structure (run_id, schema_name, table_name, kind, name, definition) OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'table', '', 'logged');
ALTER TABLE vatevo_cutover.move ADD CONSTRAINT move_pkey PRIMARY KEY (number);
ALTER TABLE vatevo_cutover.move ADD CONSTRAINT move_id_key UNIQUE (id);
ALTER TABLE vatevo_cutover.change ADD CONSTRAINT change_pkey PRIMARY KEY (seq);
ALTER TABLE vatevo_transfer.run ADD CONSTRAINT run_state_check CHECK ((state = ANY (ARRAY['copying'::text, 'settling'::text, 'verifying'::text, 'complete'::text])));
ALTER TABLE vatevo_transfer.run ADD CONSTRAINT run_pkey PRIMARY KEY (id);
ALTER TABLE vatevo_transfer.range ADD CONSTRAINT range_pkey PRIMARY KEY (run_id, table_name, lowest);
ALTER TABLE vatevo_transfer.put_aside ADD CONSTRAINT put_aside_pkey PRIMARY KEY (run_id, "position");
ALTER TABLE vatevo_transfer.quarantine ADD CONSTRAINT quarantine_pkey PRIMARY KEY (run_id, table_name, place);
ALTER TABLE vatevo_transfer.quarantine_value ADD CONSTRAINT quarantine_value_storage_class_check CHECK ((storage_class = ANY (ARRAY['null'::text, 'integer'::text, 'real'::text, 'text'::text, 'blob'::text])));
ALTER TABLE vatevo_transfer.quarantine_value ADD CONSTRAINT quarantine_value_pkey PRIMARY KEY (run_id, table_name, place, ordinal);
ALTER TABLE vatevo_transfer.structure ADD CONSTRAINT structure_pkey PRIMARY KEY (run_id, schema_name, table_name, kind, name);
ALTER TABLE notes ADD CONSTRAINT notes_pkey PRIMARY KEY (id);
ALTER TABLE people ADD CONSTRAINT people_mail_key UNIQUE (mail);
ALTER TABLE people ADD CONSTRAINT people_pkey PRIMARY KEY (id);
ALTER TABLE vatevo_cutover.row_checksum ADD CONSTRAINT row_checksum_move_id_fkey FOREIGN KEY (move_id) REFERENCES vatevo_cutover.move(id) ON DELETE CASCADE;
ALTER TABLE vatevo_transfer.range ADD CONSTRAINT range_run_id_fkey FOREIGN KEY (run_id) REFERENCES vatevo_transfer.run(id) ON DELETE CASCADE;
ALTER TABLE vatevo_transfer.put_aside ADD CONSTRAINT put_aside_run_id_fkey FOREIGN KEY (run_id) REFERENCES vatevo_transfer.run(id) ON DELETE CASCADE;
ALTER TABLE vatevo_transfer.alteration ADD CONSTRAINT alteration_run_id_fkey FOREIGN KEY (run_id) REFERENCES vatevo_transfer.run(id) ON DELETE CASCADE;
ALTER TABLE vatevo_transfer.quarantine ADD CONSTRAINT quarantine_run_id_fkey FOREIGN KEY (run_id) REFERENCES vatevo_transfer.run(id) ON DELETE CASCADE;
ALTER TABLE vatevo_transfer.quarantine_value ADD CONSTRAINT quarantine_value_run_id_table_name_place_fkey FOREIGN KEY (run_id, table_name, place) REFERENCES vatevo_transfer.quarantine(run_id, table_name, place) ON DELETE CASCADE;
ALTER TABLE vatevo_transfer.structure ADD CONSTRAINT structure_run_id_fkey FOREIGN KEY (run_id) REFERENCES vatevo_transfer.run(id) ON DELETE CASCADE;
ALTER TABLE notes ADD CONSTRAINT notes_person_id_fkey FOREIGN KEY (person_id) REFERENCES people(id);
CREATE INDEX change_transaction ON vatevo_cutover.change USING btree (transaction);
CREATE OR REPLACE FUNCTION vatevo_cutover.refuse_write()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    BEGIN
      IF TG_ARGV[0] = 'arriving' AND current_setting('vatevo_cutover.mover', true) = 'on' THEN RETURN NULL; END IF;
      RAISE EXCEPTION '%', CASE TG_ARGV[0] WHEN 'arriving' THEN 'vatevo_cutover_fence: this database takes no writes yet, because SQLite is still moving into it; nothing of this statement was written' WHEN 'returning' THEN 'vatevo_cutover_fence: this database takes no more writes, because it is going back to SQLite; nothing of this statement was written, repeat it there in a few seconds' END USING ERRCODE = 'read_only_sql_transaction';
    END $function$
;
CREATE OR REPLACE FUNCTION vatevo_cutover.refuse_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    BEGIN
      RAISE EXCEPTION 'TRUNCATE cannot be taken back to SQLite row by row: use DELETE, or end the rollback window with ops:cutover close'
        USING ERRCODE = 'feature_not_supported';
    END $function$
;
CREATE OR REPLACE FUNCTION vatevo_cutover.log_notes()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        IF TG_OP <> 'INSERT' THEN INSERT INTO vatevo_cutover.change (tbl, key) VALUES ('notes', ARRAY[OLD."id"::text]); END IF;
        IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND ARRAY[NEW."id"::text] <> ARRAY[OLD."id"::text]) THEN INSERT INTO vatevo_cutover.change (tbl, key) VALUES ('notes', ARRAY[NEW."id"::text]); END IF;
        RETURN NULL;
      END $function$
;
CREATE OR REPLACE FUNCTION vatevo_cutover.log_people()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
      BEGIN
        IF TG_OP <> 'INSERT' THEN INSERT INTO vatevo_cutover.change (tbl, key) VALUES ('people', ARRAY[OLD."id"::text]); END IF;
        IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND ARRAY[NEW."id"::text] <> ARRAY[OLD."id"::text]) THEN INSERT INTO vatevo_cutover.change (tbl, key) VALUES ('people', ARRAY[NEW."id"::text]); END IF;
        RETURN NULL;
      END $function$
;
CREATE TRIGGER vatevo_cutover_log AFTER INSERT OR DELETE OR UPDATE ON public.notes FOR EACH ROW EXECUTE FUNCTION vatevo_cutover.log_notes();
CREATE TRIGGER vatevo_cutover_truncate BEFORE TRUNCATE ON public.notes FOR EACH STATEMENT EXECUTE FUNCTION vatevo_cutover.refuse_truncate();
CREATE TRIGGER vatevo_cutover_log AFTER INSERT OR DELETE OR UPDATE ON public.people FOR EACH ROW EXECUTE FUNCTION vatevo_cutover.log_people();
CREATE TRIGGER vatevo_cutover_truncate BEFORE TRUNCATE ON public.people FOR EACH STATEMENT EXECUTE FUNCTION vatevo_cutover.refuse_truncate();
SELECT setval('public.people_id_seq', 4, true);
SELECT setval('vatevo_cutover.move_number_seq', 1, true);
SELECT setval('vatevo_cutover.change_seq_seq', 4, true);
SELECT setval('vatevo_transfer.run_id_seq', 1, true);
GRANT USAGE ON SCHEMA vatevo_cutover TO PUBLIC; GRANT SELECT ON vatevo_cutover.move TO PUBLIC;
