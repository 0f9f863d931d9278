CREATE TABLE roles(id int PRIMARY KEY, name text); INSERT INTO roles VALUES (1,'Administrator'),(2,'Reader'),(3,'Guest');
CREATE TABLE plans(id int PRIMARY KEY, price numeric(6,2)); INSERT INTO plans VALUES (2,0),(1,9.50);
CREATE TABLE flags(id int PRIMARY KEY); INSERT INTO flags VALUES (1);
CREATE TABLE users(id int PRIMARY KEY, role_id int REFERENCES roles);
CREATE TABLE notes(id int PRIMARY KEY);
