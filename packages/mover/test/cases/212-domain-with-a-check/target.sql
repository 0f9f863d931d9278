CREATE DOMAIN mail AS varchar(20) CHECK (VALUE LIKE '%@%' AND VALUE <> 'VALUE'); CREATE TABLE t(id int PRIMARY KEY, mail mail);
