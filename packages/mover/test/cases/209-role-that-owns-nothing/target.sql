DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname='guest') THEN CREATE ROLE guest LOGIN PASSWORD 'guest'; END IF; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
CREATE TABLE t(id int PRIMARY KEY); GRANT ALL ON t TO guest;
