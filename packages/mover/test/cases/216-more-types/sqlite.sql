CREATE TABLE t(id INTEGER PRIMARY KEY, clock TEXT, zoned TEXT, span TEXT, net TEXT, card TEXT, bits TEXT, moods TEXT, grid TEXT, moments TEXT, doc TEXT);
INSERT INTO t VALUES (1,'08:30','10:00+02:00','P1DT2H','2001:DB8::/32','08-00-2B-01-02-03','101','["sad",null]','[[1,2],[3,9007199254740993]]','["2024-01-01T00:00:00Z"]','{"a":1,"a":-0}');
