CREATE SCHEMA vatevo_cutover;
CREATE SCHEMA vatevo_transfer;
CREATE TABLE vatevo_transfer.run (
  "id" bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  "state" text NOT NULL,
  "source_name" text NOT NULL,
  "fingerprint" jsonb NOT NULL,
  "run_start" text NOT NULL,
  "plan" text NOT NULL,
  "started_at" timestamp with time zone NOT NULL DEFAULT now(),
  "completed_at" timestamp with time zone
);
INSERT INTO vatevo_transfer.run OVERRIDING SYSTEM VALUE VALUES ('1', 'verifying', 'source.db', '{"size": 2560, "header": "e094390428ee8fa5d425d305def476772b1afecd0c76278af22422d392df99ce", "modified": "1795859961461273903"}', '2026-11-28 09:59:22.320000', '{"schema":"public","tables":[{"source":"notes","target":{"schema":"public","name":"notes"},"key":["id"],"rowid":"id","columns":[{"target":"id","type":{"name":"int8","sql":"bigint"},"notNull":true,"generated":false,"from":{"column":"id"},"secret":false},{"target":"person","type":{"name":"int8","sql":"bigint"},"notNull":true,"generated":false,"from":{"column":"person"},"secret":false},{"target":"said","type":{"name":"text","sql":"text"},"notNull":false,"generated":false,"from":{"column":"said"},"secret":false}],"identity":[0]},{"source":"people","target":{"schema":"public","name":"people"},"key":["id"],"rowid":"id","columns":[{"target":"id","type":{"name":"int8","sql":"bigint"},"notNull":true,"generated":false,"from":{"column":"id"},"sequence":"public.people_id_seq","secret":false},{"target":"name","type":{"name":"text","sql":"text"},"notNull":true,"generated":false,"from":{"column":"name"},"secret":false}],"identity":[0]}],"leftBehind":[],"bookkeeping":[]}', '2026-11-28 09:59:23.448628+00', NULL);
CREATE TABLE vatevo_transfer.range (
  "run_id" bigint NOT NULL,
  "table_name" text NOT NULL,
  "lowest" bigint NOT NULL,
  "highest" bigint NOT NULL,
  "rows" bigint NOT NULL,
  "bytes" bigint NOT NULL
);
INSERT INTO vatevo_transfer.range OVERRIDING SYSTEM VALUE VALUES ('1', 'notes', '1', '2', '2', '61');
INSERT INTO vatevo_transfer.range OVERRIDING SYSTEM VALUE VALUES ('1', 'people', '1', '2', '2', '41');
CREATE TABLE vatevo_transfer.put_aside (
  "run_id" bigint NOT NULL,
  "position" integer NOT NULL,
  "table_name" text NOT NULL,
  "name" text NOT NULL,
  "definition" text NOT NULL,
  "restored" boolean NOT NULL DEFAULT false
);
INSERT INTO vatevo_transfer.put_aside OVERRIDING SYSTEM VALUE VALUES ('1', '0', 'notes', 'notes_pkey', 'ALTER TABLE public.notes ADD CONSTRAINT notes_pkey PRIMARY KEY (id); COMMENT ON CONSTRAINT notes_pkey ON public.notes IS NULL', 'true');
INSERT INTO vatevo_transfer.put_aside OVERRIDING SYSTEM VALUE VALUES ('1', '1', 'people', 'people_name_key', 'ALTER TABLE public.people ADD CONSTRAINT people_name_key UNIQUE (name); COMMENT ON CONSTRAINT people_name_key ON public.people IS NULL', 'true');
INSERT INTO vatevo_transfer.put_aside OVERRIDING SYSTEM VALUE VALUES ('1', '2', 'people', 'people_pkey', 'ALTER TABLE public.people ADD CONSTRAINT people_pkey PRIMARY KEY (id); COMMENT ON CONSTRAINT people_pkey ON public.people IS NULL', 'true');
INSERT INTO vatevo_transfer.put_aside OVERRIDING SYSTEM VALUE VALUES ('1', '3', 'notes', 'notes_person_fkey', 'ALTER TABLE public.notes ADD CONSTRAINT notes_person_fkey FOREIGN KEY (person) REFERENCES people(id); COMMENT ON CONSTRAINT notes_person_fkey ON public.notes IS NULL', 'true');
CREATE TABLE vatevo_transfer.alteration (
  "run_id" bigint NOT NULL,
  "table_name" text NOT NULL,
  "row_key" text NOT NULL,
  "column_name" text NOT NULL,
  "before" text NOT NULL,
  "after" text NOT NULL
);
CREATE TABLE vatevo_transfer.quarantine (
  "run_id" bigint NOT NULL,
  "table_name" text NOT NULL,
  "place" bigint NOT NULL,
  "source_table" text NOT NULL,
  "row_key" text NOT NULL,
  "row_id" bigint,
  "reasons" jsonb NOT NULL
);
CREATE TABLE vatevo_transfer.quarantine_value (
  "run_id" bigint NOT NULL,
  "table_name" text NOT NULL,
  "place" bigint NOT NULL,
  "ordinal" integer NOT NULL,
  "column_name" text NOT NULL,
  "storage_class" text NOT NULL,
  "bytes" bytea
);
CREATE TABLE vatevo_transfer.structure (
  "run_id" bigint NOT NULL,
  "schema_name" text NOT NULL,
  "table_name" text NOT NULL,
  "kind" text NOT NULL,
  "name" text NOT NULL,
  "definition" text NOT NULL
);
INSERT INTO vatevo_transfer.structure OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'column', 'id', 'bigint NOT NULL');
INSERT INTO vatevo_transfer.structure OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'column', 'person', 'bigint NOT NULL');
INSERT INTO vatevo_transfer.structure OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'column', 'said', 'text');
INSERT INTO vatevo_transfer.structure OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'constraint', 'notes_person_fkey', 'FOREIGN KEY (person) REFERENCES public.people(id)');
INSERT INTO vatevo_transfer.structure OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'constraint', 'notes_pkey', 'PRIMARY KEY (id)');
INSERT INTO vatevo_transfer.structure OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'notes', 'table', '', 'logged');
INSERT INTO vatevo_transfer.structure OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'column', 'id', 'bigint NOT NULL DEFAULT nextval(''public.people_id_seq''::regclass)');
INSERT INTO vatevo_transfer.structure OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'column', 'name', 'text NOT NULL');
INSERT INTO vatevo_transfer.structure OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'constraint', 'people_name_key', 'UNIQUE (name)');
INSERT INTO vatevo_transfer.structure OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'constraint', 'people_pkey', 'PRIMARY KEY (id)');
INSERT INTO vatevo_transfer.structure OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'sequence', 'id', 'public.people_id_seq AS bigint INCREMENT 1 MINVALUE 1 MAXVALUE 9223372036854775807');
INSERT INTO vatevo_transfer.structure OVERRIDING SYSTEM VALUE VALUES ('1', 'public', 'people', 'table', '', 'logged');
CREATE TABLE vatevo_cutover.move (
  "number" bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  "id" text NOT NULL,
  "state" text NOT NULL,
  "source_name" text NOT NULL,
  "format" text NOT NULL,
  "run_id" bigint,
  "inode" text,
  "schema_version" bigint,
  "applied" bigint NOT NULL DEFAULT 0,
  "seen" bigint NOT NULL DEFAULT 0,
  "seen_mark" bigint NOT NULL DEFAULT 0,
  "verified" bigint,
  "checksums_at" bigint,
  "downtime_ms" double precision,
  "return_inode" text,
  "source_schema" text,
  "sequences" jsonb NOT NULL DEFAULT '[]'::jsonb,
  "changed_at" timestamp with time zone NOT NULL DEFAULT now(),
  "started_at" timestamp with time zone NOT NULL DEFAULT now()
);
INSERT INTO vatevo_cutover.move OVERRIDING SYSTEM VALUE VALUES ('1', 'abcf7682-a092-485e-948f-7cbef4c967c7', 'aborting', 'source.db', 'own', '1', '65024:2191192', '18', '0', '0', '0', '0', '0', NULL, NULL, E'[{"type":"table","name":"notes","table":"notes","sql":"CREATE TABLE notes (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id), said TEXT)"},{"type":"table","name":"people","table":"people","sql":"CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE)"},{"type":"trigger","name":"vatevo_cutover_fence_delete_notes","table":"notes","sql":"CREATE TRIGGER \\"vatevo_cutover_fence_delete_notes\\" BEFORE DELETE ON \\"notes\\"\\n       WHEN (SELECT state FROM vatevo_cutover) IN (''fenced'', ''left'') BEGIN SELECT RAISE(ABORT, ''vatevo_cutover_fence: this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds''); END"},{"type":"trigger","name":"vatevo_cutover_fence_delete_people","table":"people","sql":"CREATE TRIGGER \\"vatevo_cutover_fence_delete_people\\" BEFORE DELETE ON \\"people\\"\\n       WHEN (SELECT state FROM vatevo_cutover) IN (''fenced'', ''left'') BEGIN SELECT RAISE(ABORT, ''vatevo_cutover_fence: this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds''); END"},{"type":"trigger","name":"vatevo_cutover_fence_insert_notes","table":"notes","sql":"CREATE TRIGGER \\"vatevo_cutover_fence_insert_notes\\" BEFORE INSERT ON \\"notes\\"\\n       WHEN (SELECT state FROM vatevo_cutover) IN (''fenced'', ''left'') BEGIN SELECT RAISE(ABORT, ''vatevo_cutover_fence: this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds''); END"},{"type":"trigger","name":"vatevo_cutover_fence_insert_people","table":"people","sql":"CREATE TRIGGER \\"vatevo_cutover_fence_insert_people\\" BEFORE INSERT ON \\"people\\"\\n       WHEN (SELECT state FROM vatevo_cutover) IN (''fenced'', ''left'') BEGIN SELECT RAISE(ABORT, ''vatevo_cutover_fence: this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds''); END"},{"type":"trigger","name":"vatevo_cutover_fence_update_notes","table":"notes","sql":"CREATE TRIGGER \\"vatevo_cutover_fence_update_notes\\" BEFORE UPDATE ON \\"notes\\"\\n       WHEN (SELECT state FROM vatevo_cutover) IN (''fenced'', ''left'') BEGIN SELECT RAISE(ABORT, ''vatevo_cutover_fence: this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds''); END"},{"type":"trigger","name":"vatevo_cutover_fence_update_people","table":"people","sql":"CREATE TRIGGER \\"vatevo_cutover_fence_update_people\\" BEFORE UPDATE ON \\"people\\"\\n       WHEN (SELECT state FROM vatevo_cutover) IN (''fenced'', ''left'') BEGIN SELECT RAISE(ABORT, ''vatevo_cutover_fence: this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds''); END"},{"type":"trigger","name":"vatevo_cutover_log_delete_notes","table":"notes","sql":"CREATE TRIGGER \\"vatevo_cutover_log_delete_notes\\" AFTER DELETE ON \\"notes\\"\\n     WHEN (SELECT state FROM vatevo_cutover) = ''capturing'' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT ''notes'', OLD.\\"id\\"; END"},{"type":"trigger","name":"vatevo_cutover_log_delete_people","table":"people","sql":"CREATE TRIGGER \\"vatevo_cutover_log_delete_people\\" AFTER DELETE ON \\"people\\"\\n     WHEN (SELECT state FROM vatevo_cutover) = ''capturing'' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT ''people'', OLD.\\"id\\"; END"},{"type":"trigger","name":"vatevo_cutover_log_insert_notes","table":"notes","sql":"CREATE TRIGGER \\"vatevo_cutover_log_insert_notes\\" AFTER INSERT ON \\"notes\\"\\n     WHEN (SELECT state FROM vatevo_cutover) = ''capturing'' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT ''notes'', NEW.\\"id\\"; END"},{"type":"trigger","name":"vatevo_cutover_log_insert_people","table":"people","sql":"CREATE TRIGGER \\"vatevo_cutover_log_insert_people\\" AFTER INSERT ON \\"people\\"\\n     WHEN (SELECT state FROM vatevo_cutover) = ''capturing'' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT ''people'', NEW.\\"id\\"; END"},{"type":"trigger","name":"vatevo_cutover_log_replacing_insert_people","table":"people","sql":"CREATE TRIGGER \\"vatevo_cutover_log_replacing_insert_people\\" BEFORE INSERT ON \\"people\\"\\n     WHEN (SELECT state FROM vatevo_cutover) = ''capturing'' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT ''people'', \\"people\\".\\"id\\" FROM \\"people\\" WHERE \\"people\\".\\"name\\" = NEW.\\"name\\" COLLATE \\"BINARY\\"; END"},{"type":"trigger","name":"vatevo_cutover_log_replacing_update_people","table":"people","sql":"CREATE TRIGGER \\"vatevo_cutover_log_replacing_update_people\\" BEFORE UPDATE ON \\"people\\"\\n     WHEN (SELECT state FROM vatevo_cutover) = ''capturing'' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT ''people'', \\"people\\".\\"id\\" FROM \\"people\\" WHERE \\"people\\".\\"name\\" = NEW.\\"name\\" COLLATE \\"BINARY\\" AND (\\"people\\".\\"id\\" IS NOT NEW.\\"id\\" COLLATE BINARY); END"},{"type":"trigger","name":"vatevo_cutover_log_update_notes","table":"notes","sql":"CREATE TRIGGER \\"vatevo_cutover_log_update_notes\\" AFTER UPDATE ON \\"notes\\"\\n     WHEN (SELECT state FROM vatevo_cutover) = ''capturing'' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT ''notes'', OLD.\\"id\\"; INSERT INTO vatevo_cutover_change (tbl, k0) SELECT ''notes'', NEW.\\"id\\" WHERE NEW.\\"id\\" IS NOT OLD.\\"id\\" COLLATE BINARY; END"},{"type":"trigger","name":"vatevo_cutover_log_update_people","table":"people","sql":"CREATE TRIGGER \\"vatevo_cutover_log_update_people\\" AFTER UPDATE ON \\"people\\"\\n     WHEN (SELECT state FROM vatevo_cutover) = ''capturing'' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT ''people'', OLD.\\"id\\"; INSERT INTO vatevo_cutover_change (tbl, k0) SELECT ''people'', NEW.\\"id\\" WHERE NEW.\\"id\\" IS NOT OLD.\\"id\\" COLLATE BINARY; END"}]', '[["public.people_id_seq", null]]', '2026-11-28 09:59:24.483997+00', '2026-11-28 09:59:23.448628+00');
CREATE TABLE vatevo_cutover.change (
  "seq" bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  "tbl" text NOT NULL,
  "key" text[] NOT NULL,
  "transaction" xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TABLE vatevo_cutover.foreign_key (
  "id" bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  "move_id" text NOT NULL,
  "schema_name" text NOT NULL,
  "table_name" text NOT NULL,
  "name" text NOT NULL,
  "restore" text NOT NULL,
  "restored" boolean NOT NULL DEFAULT false,
  "validate" text
);
INSERT INTO vatevo_cutover.foreign_key OVERRIDING SYSTEM VALUE VALUES ('1', 'abcf7682-a092-485e-948f-7cbef4c967c7', 'public', 'notes', 'notes_person_fkey', 'ALTER TABLE "public"."notes" ALTER CONSTRAINT "notes_person_fkey" NOT DEFERRABLE', 'false', NULL);
CREATE TABLE vatevo_cutover.silenced (
  "move_id" text NOT NULL,
  "kind" text NOT NULL,
  "oid" oid NOT NULL,
  "enabled" text NOT NULL
);
CREATE TABLE vatevo_cutover.row_checksum (
  "move_id" text NOT NULL,
  "tbl" text NOT NULL,
  "rowids" bytea NOT NULL,
  "sums" bytea NOT NULL
);
INSERT INTO vatevo_cutover.row_checksum OVERRIDING SYSTEM VALUE VALUES ('abcf7682-a092-485e-948f-7cbef4c967c7', 'notes', E'\\x000000000000f03f0000000000000040', E'\\x938f35e5c65a6edc');
INSERT INTO vatevo_cutover.row_checksum OVERRIDING SYSTEM VALUE VALUES ('abcf7682-a092-485e-948f-7cbef4c967c7', 'people', E'\\x000000000000f03f0000000000000040', E'\\xe633863fc4152483');
CREATE TABLE vatevo_cutover.tracked_table (
  "move_id" text NOT NULL,
  "oid" oid NOT NULL,
  "name" text NOT NULL,
  "shape" text NOT NULL,
  "file_shape" text
);
CREATE TABLE vatevo_cutover.decision (
  "move_id" text NOT NULL,
  "kind" text NOT NULL,
  "name" text NOT NULL
);
CREATE TABLE public.people (
  "id" bigserial,
  "name" text NOT NULL
);
INSERT INTO public.people OVERRIDING SYSTEM VALUE VALUES ('1', 'Ada');
INSERT INTO public.people OVERRIDING SYSTEM VALUE VALUES ('2', 'Bo');
CREATE TABLE public.notes (
  "id" bigint NOT NULL,
  "person" bigint NOT NULL,
  "said" text
);
INSERT INTO public.notes OVERRIDING SYSTEM VALUE VALUES ('1', '1', 'x');
INSERT INTO public.notes OVERRIDING SYSTEM VALUE VALUES ('2', '2', NULL);
ALTER TABLE vatevo_transfer.run ADD CONSTRAINT run_state_check CHECK ((state = ANY (ARRAY['copying'::text, 'settling'::text, 'verifying'::text, 'complete'::text])));
ALTER TABLE vatevo_transfer.run ADD CONSTRAINT run_pkey PRIMARY KEY (id);
ALTER TABLE vatevo_transfer.range ADD CONSTRAINT range_pkey PRIMARY KEY (run_id, table_name, lowest);
ALTER TABLE vatevo_transfer.put_aside ADD CONSTRAINT put_aside_pkey PRIMARY KEY (run_id, "position");
ALTER TABLE vatevo_transfer.quarantine ADD CONSTRAINT quarantine_pkey PRIMARY KEY (run_id, table_name, place);
ALTER TABLE vatevo_transfer.quarantine_value ADD CONSTRAINT quarantine_value_storage_class_check CHECK ((storage_class = ANY (ARRAY['null'::text, 'integer'::text, 'real'::text, 'text'::text, 'blob'::text])));
ALTER TABLE vatevo_transfer.quarantine_value ADD CONSTRAINT quarantine_value_pkey PRIMARY KEY (run_id, table_name, place, ordinal);
ALTER TABLE vatevo_transfer.structure ADD CONSTRAINT structure_pkey PRIMARY KEY (run_id, schema_name, table_name, kind, name);
ALTER TABLE vatevo_cutover.move ADD CONSTRAINT move_pkey PRIMARY KEY (number);
ALTER TABLE vatevo_cutover.move ADD CONSTRAINT move_id_key UNIQUE (id);
ALTER TABLE vatevo_cutover.change ADD CONSTRAINT change_pkey PRIMARY KEY (seq);
CREATE INDEX change_transaction ON vatevo_cutover.change USING btree (transaction);
ALTER TABLE vatevo_cutover.foreign_key ADD CONSTRAINT foreign_key_pkey PRIMARY KEY (id);
ALTER TABLE vatevo_cutover.silenced ADD CONSTRAINT silenced_pkey PRIMARY KEY (move_id, kind, oid);
ALTER TABLE vatevo_cutover.tracked_table ADD CONSTRAINT tracked_table_pkey PRIMARY KEY (move_id, oid);
ALTER TABLE vatevo_cutover.decision ADD CONSTRAINT decision_pkey PRIMARY KEY (move_id, kind, name);
ALTER TABLE public.people ADD CONSTRAINT people_name_key UNIQUE (name);
ALTER TABLE public.people ADD CONSTRAINT people_pkey PRIMARY KEY (id);
ALTER TABLE public.notes ADD CONSTRAINT notes_pkey PRIMARY KEY (id);
ALTER TABLE vatevo_transfer.range ADD CONSTRAINT range_run_id_fkey FOREIGN KEY (run_id) REFERENCES vatevo_transfer.run(id) ON DELETE CASCADE;
ALTER TABLE vatevo_transfer.put_aside ADD CONSTRAINT put_aside_run_id_fkey FOREIGN KEY (run_id) REFERENCES vatevo_transfer.run(id) ON DELETE CASCADE;
ALTER TABLE vatevo_transfer.alteration ADD CONSTRAINT alteration_run_id_fkey FOREIGN KEY (run_id) REFERENCES vatevo_transfer.run(id) ON DELETE CASCADE;
ALTER TABLE vatevo_transfer.quarantine ADD CONSTRAINT quarantine_run_id_fkey FOREIGN KEY (run_id) REFERENCES vatevo_transfer.run(id) ON DELETE CASCADE;
ALTER TABLE vatevo_transfer.quarantine_value ADD CONSTRAINT quarantine_value_run_id_table_name_place_fkey FOREIGN KEY (run_id, table_name, place) REFERENCES vatevo_transfer.quarantine(run_id, table_name, place) ON DELETE CASCADE;
ALTER TABLE vatevo_transfer.structure ADD CONSTRAINT structure_run_id_fkey FOREIGN KEY (run_id) REFERENCES vatevo_transfer.run(id) ON DELETE CASCADE;
ALTER TABLE vatevo_cutover.foreign_key ADD CONSTRAINT foreign_key_move_id_fkey FOREIGN KEY (move_id) REFERENCES vatevo_cutover.move(id) ON DELETE CASCADE;
ALTER TABLE vatevo_cutover.silenced ADD CONSTRAINT silenced_move_id_fkey FOREIGN KEY (move_id) REFERENCES vatevo_cutover.move(id) ON DELETE CASCADE;
ALTER TABLE vatevo_cutover.row_checksum ADD CONSTRAINT row_checksum_move_id_fkey FOREIGN KEY (move_id) REFERENCES vatevo_cutover.move(id) ON DELETE CASCADE;
ALTER TABLE vatevo_cutover.tracked_table ADD CONSTRAINT tracked_table_move_id_fkey FOREIGN KEY (move_id) REFERENCES vatevo_cutover.move(id) ON DELETE CASCADE;
ALTER TABLE vatevo_cutover.decision ADD CONSTRAINT decision_move_id_fkey FOREIGN KEY (move_id) REFERENCES vatevo_cutover.move(id) ON DELETE CASCADE;
ALTER TABLE public.notes ADD CONSTRAINT notes_person_fkey FOREIGN KEY (person) REFERENCES people(id) DEFERRABLE;
CREATE OR REPLACE FUNCTION vatevo_cutover.refuse_write()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    BEGIN
      IF TG_ARGV[0] = 'arriving' AND current_setting('vatevo_cutover.mover', true) = 'on' THEN RETURN NULL; END IF;
      RAISE EXCEPTION '%', CASE TG_ARGV[0] WHEN 'arriving' THEN 'vatevo_cutover_fence: this database takes no writes yet, because SQLite is still moving into it; nothing of this statement was written' WHEN 'returning' THEN 'vatevo_cutover_fence: this database takes no more writes, because it is going back to SQLite; nothing of this statement was written, repeat it there in a few seconds' END USING ERRCODE = 'read_only_sql_transaction';
    END $function$
;
CREATE TRIGGER vatevo_cutover_fence BEFORE INSERT OR DELETE OR UPDATE ON public.people FOR EACH STATEMENT EXECUTE FUNCTION vatevo_cutover.refuse_write('arriving');
CREATE TRIGGER vatevo_cutover_fence BEFORE INSERT OR DELETE OR UPDATE ON public.notes FOR EACH STATEMENT EXECUTE FUNCTION vatevo_cutover.refuse_write('arriving');
SELECT setval('vatevo_transfer.run_id_seq', 1, true);
SELECT setval('vatevo_cutover.move_number_seq', 1, true);
SELECT setval('vatevo_cutover.change_seq_seq', 1, false);
SELECT setval('vatevo_cutover.foreign_key_id_seq', 1, true);
SELECT setval('public.people_id_seq', 2, true);
GRANT USAGE ON SCHEMA vatevo_cutover TO PUBLIC;
GRANT SELECT ON vatevo_cutover.move TO PUBLIC;
