CREATE TABLE roles(id int PRIMARY KEY, name text); INSERT INTO roles VALUES (1,'guest'),(2,'reader');
CREATE TABLE users(id int PRIMARY KEY, role_id int REFERENCES roles);
