CREATE TABLE line (id INTEGER PRIMARY KEY, price REAL NOT NULL, quantity INT NOT NULL, total REAL GENERATED ALWAYS AS (price * quantity) STORED, label TEXT AS ('no. ' || quantity) VIRTUAL, code TEXT, CHECK (quantity > 0), CONSTRAINT cheap CHECK (price < 1000 AND length(code) <= 8)) STRICT;
INSERT INTO line (id, price, quantity, code) VALUES (1, 2.5, 4, 'abc'), (2, 0.1, 3, NULL);
CREATE TABLE setting (scope TEXT, name TEXT, value ANY, PRIMARY KEY (scope, name)) STRICT, WITHOUT ROWID;
INSERT INTO setting VALUES ('a', 'b', 'c'), ('a', 'c', NULL);
CREATE TABLE pair (a INT, b INT, c TEXT DEFAULT 'it''s', d BLOB DEFAULT x'0aff', e REAL DEFAULT -1.5e-3, f DEFAULT CURRENT_DATE, UNIQUE (a, b));
INSERT INTO pair (a, b) VALUES (1, 2), (1, 3), (NULL, 3), (NULL, 3);
CREATE VIEW totals AS SELECT sum(total) FROM line;
CREATE TRIGGER no_delete BEFORE DELETE ON line BEGIN SELECT RAISE(ABORT, 'no'); END;
