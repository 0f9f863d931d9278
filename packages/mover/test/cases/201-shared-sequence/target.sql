CREATE SEQUENCE ids;
CREATE TABLE a(id bigint PRIMARY KEY DEFAULT nextval('ids'), v text);
CREATE TABLE b(id bigint PRIMARY KEY DEFAULT nextval('ids'), v text);
CREATE TABLE c(id bigint PRIMARY KEY DEFAULT nextval('ids')); INSERT INTO c VALUES (9);
