DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname='appowner') THEN CREATE ROLE appowner LOGIN PASSWORD 'appowner'; END IF; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
CREATE TABLE notes(id int PRIMARY KEY, tenant int, v text);
ALTER TABLE notes OWNER TO appowner; ALTER TABLE notes ENABLE ROW LEVEL SECURITY; ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON notes USING (tenant = current_setting('app.tenant', true)::int);
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO appowner', current_database()); END $$;
