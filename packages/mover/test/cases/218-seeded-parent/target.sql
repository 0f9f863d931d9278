CREATE TABLE roles(id int PRIMARY KEY, name text); INSERT INTO roles VALUES (1,'Administrator'),(2,'Reader');
CREATE TABLE users(id int PRIMARY KEY, role_id int NOT NULL REFERENCES roles, deputy int REFERENCES roles);
