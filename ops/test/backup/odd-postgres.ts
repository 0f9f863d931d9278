/** What a PostgreSQL database can be made of, other than what the migrations make; for a superuser. */
export const ODD_POSTGRES = `
  CREATE SCHEMA "odd Schema";
  CREATE EXTENSION pg_stat_statements;
  CREATE EXTENSION citext SCHEMA "odd Schema";
  CREATE EXTENSION btree_gist;
  CREATE TYPE "odd Schema"."it's" AS ENUM ('a', 'it''s', 'ü');
  CREATE SEQUENCE "odd Schema"."Down" AS smallint INCREMENT -2 MAXVALUE 100 START 50 CYCLE;
  SELECT nextval('"odd Schema"."Down"');
  CREATE SEQUENCE never_used START 7;
  CREATE FUNCTION "odd Schema".twice(i integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $f$ SELECT i * 2 $f$;
  REVOKE ALL ON FUNCTION "odd Schema".twice(integer) FROM PUBLIC;
  CREATE TABLE "odd Schema"."Values" (
    id integer GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5 MINVALUE 0),
    dropped text,
    "a ""b""" text COLLATE "C" NOT NULL DEFAULT 'x''y',
    kind "odd Schema"."it's" DEFAULT 'a',
    doubled integer DEFAULT "odd Schema".twice(21),
    f8 double precision, f4 real, n numeric, b bytea, j jsonb, js json, t timestamptz, ts timestamp, d date, i interval,
    texts text[], boxes int4range, u uuid, c char(5), v varchar(20), m bit(3), x xml, ci "odd Schema".citext,
    computed text GENERATED ALWAYS AS (upper("a ""b""")) STORED,
    CONSTRAINT "odd check" CHECK (doubled > 0)
  );
  ALTER TABLE "odd Schema"."Values" DROP COLUMN dropped;
  INSERT INTO "odd Schema"."Values"
    ("a ""b""", kind, f8, f4, n, b, j, js, t, ts, d, i, texts, boxes, u, c, v, m) VALUES
    (E'tab\\tnewline\\nreturn\\rback\\\\slash\\\\.', 'it''s', 0.1, 0.1, 1.10, '\\x00ff', '{"a": 1.10}', '{"b" : 1, "b": 2}',
     '2024-03-31 01:30:00.123456+00', 'infinity', '0044-03-15 BC', '1 year -2 days 03:04:05.6', ARRAY['', NULL, 'NULL', '"'],
     '[1,5)', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ab', 'é😀', B'101'),
    (E'\\\\.', NULL, 'NaN', '-Infinity', 'NaN', '', 'null', 'null', '-infinity', NULL, 'infinity', NULL, '{}', 'empty', NULL, '', '', NULL),
    ('', 'ü', 5e-324, 1.17549435e-38, 1e-30, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '\\N', NULL);
  UPDATE "odd Schema"."Values" SET ci = 'MiXed' WHERE f8 = 0.1;
  CREATE TABLE "odd Schema".nothing ();
  INSERT INTO "odd Schema".nothing DEFAULT VALUES;
  CREATE UNLOGGED TABLE "odd Schema".tree (
    id integer PRIMARY KEY,
    parent integer REFERENCES "odd Schema".tree DEFERRABLE INITIALLY DEFERRED,
    span int4range,
    EXCLUDE USING gist (span WITH &&, id WITH =)
  ) WITH (fillfactor = 70);
  BEGIN; INSERT INTO "odd Schema".tree VALUES (1, 2, '[1,2)'), (2, 1, '[2,3)'); COMMIT;
  ALTER TABLE "odd Schema".tree ADD CONSTRAINT later CHECK (id < 2) NOT VALID;
  CREATE INDEX ON "odd Schema"."Values" (lower("a ""b""")) WHERE kind IS NOT NULL;
  CREATE UNIQUE INDEX "Values odd" ON "odd Schema"."Values" (id DESC NULLS LAST) INCLUDE (n);
  CREATE STATISTICS "odd Schema".counted (dependencies) ON kind, doubled FROM "odd Schema"."Values";
  CREATE VIEW "odd Schema".shown WITH (security_barrier) AS SELECT id, computed FROM "odd Schema"."Values" WHERE id > 0;
  CREATE VIEW "odd Schema".shown_twice AS SELECT * FROM "odd Schema".shown;
  CREATE FUNCTION "odd Schema".fires() RETURNS trigger LANGUAGE plpgsql AS $f$
  BEGIN
    RAISE EXCEPTION 'it must not fire; COMMIT;';
  END
  $f$;
  CREATE TRIGGER fires BEFORE INSERT ON "odd Schema"."Values" FOR EACH ROW EXECUTE FUNCTION "odd Schema".fires();
  CREATE TRIGGER sleeps BEFORE UPDATE ON "odd Schema"."Values" FOR EACH ROW EXECUTE FUNCTION "odd Schema".fires();
  ALTER TABLE "odd Schema"."Values" DISABLE TRIGGER sleeps;
  ALTER TABLE "odd Schema".tree ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY "some rows" ON "odd Schema".tree AS RESTRICTIVE FOR UPDATE TO vatevo_app USING (id > 1) WITH CHECK (id > 2);
  GRANT USAGE ON SCHEMA "odd Schema" TO vatevo_app;
  GRANT SELECT ON "odd Schema".shown TO PUBLIC;
  GRANT SELECT (id), UPDATE (n) ON "odd Schema"."Values" TO vatevo_app WITH GRANT OPTION;
  GRANT EXECUTE ON FUNCTION "odd Schema".twice(integer) TO vatevo_app;
  REVOKE USAGE ON TYPE "odd Schema"."it's" FROM PUBLIC;
`;
