CREATE TABLE roles(id int PRIMARY KEY, name text); INSERT INTO roles VALUES (1,'Administrator'),(2,'Reader'),(3,'Guest');
CREATE TABLE grants(role_id int REFERENCES roles ON DELETE CASCADE, what text); INSERT INTO grants VALUES (1,'all'),(NULL,'none');
CREATE TABLE kinds(id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, upper text GENERATED ALWAYS AS (upper(name)) STORED); INSERT INTO kinds(name) VALUES ('a'),('b'),('c');
CREATE TABLE more(kind_id int REFERENCES kinds ON DELETE CASCADE); INSERT INTO more VALUES (NULL);
CREATE TABLE users(id int PRIMARY KEY, role_id int REFERENCES roles, kind_id int REFERENCES kinds ON DELETE CASCADE);
