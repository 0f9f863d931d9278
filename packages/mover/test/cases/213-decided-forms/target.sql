CREATE TABLE t(id int PRIMARY KEY, us timestamptz, ns timestamptz, jd timestamp, code text, doc jsonb, note text);
