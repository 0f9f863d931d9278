CREATE SEQUENCE small AS smallint; CREATE TABLE t(id int PRIMARY KEY DEFAULT nextval('small'), v text);
