CREATE TABLE django_migrations(id integer PRIMARY KEY AUTOINCREMENT, app varchar(255) NOT NULL, name varchar(255) NOT NULL, applied datetime NOT NULL);
INSERT INTO django_migrations VALUES (1, 'shop', '0001_initial', '2024-05-01 10:00:00.000000');
CREATE TABLE shop_visit(id integer PRIMARY KEY AUTOINCREMENT, lasted bigint NOT NULL);
INSERT INTO shop_visit VALUES (1, 93784000000), (2, -1500000), (3, 0);
