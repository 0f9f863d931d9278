CREATE TABLE roles(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO roles VALUES (1,'admin'),(2,'reader'),(7,'guest');
CREATE TABLE users(id INTEGER PRIMARY KEY, role_id INTEGER, deputy INTEGER); INSERT INTO users VALUES (1,1,NULL),(2,2,7);
