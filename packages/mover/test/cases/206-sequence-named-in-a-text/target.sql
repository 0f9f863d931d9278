CREATE SEQUENCE "Odd seq"; CREATE TABLE t(id int PRIMARY KEY DEFAULT nextval(('"Odd seq"'::text)::regclass), v text);
