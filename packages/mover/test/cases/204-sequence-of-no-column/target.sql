CREATE SEQUENCE lonely; CREATE SEQUENCE codes; CREATE TABLE t(id serial PRIMARY KEY, code text DEFAULT 'INV-' || nextval('codes'));
