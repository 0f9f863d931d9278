CREATE TABLE "select" ("table" INTEGER PRIMARY KEY, "a b" TEXT, "quo""te" TEXT, [brack et] TEXT, `tick` TEXT, "ÄÖ" TEXT, "xmin" REAL, "ctid" TEXT, "$1" TEXT);
INSERT INTO "select" VALUES (1,'a','b','c','d','e',1.5,'f','g');
CREATE TABLE "a_table_whose_name_is_so_long_that_postgresql_would_cut_it_off_at_the_end_one" (id INTEGER PRIMARY KEY, "a_column_whose_name_is_so_long_that_postgresql_would_cut_it_off_at_the_end_one" TEXT, "a_column_whose_name_is_so_long_that_postgresql_would_cut_it_off_at_the_end_two" TEXT UNIQUE);
INSERT INTO "a_table_whose_name_is_so_long_that_postgresql_would_cut_it_off_at_the_end_one" VALUES (1,'x','y');
CREATE TABLE "a_table_whose_name_is_so_long_that_postgresql_would_cut_it_off_at_the_end_two" (id INTEGER PRIMARY KEY, one INTEGER REFERENCES "a_table_whose_name_is_so_long_that_postgresql_would_cut_it_off_at_the_end_one");
INSERT INTO "a_table_whose_name_is_so_long_that_postgresql_would_cut_it_off_at_the_end_two" VALUES (7,1);
CREATE INDEX "an index" ON "select" ("a b");
CREATE TABLE users_pkey (id INTEGER PRIMARY KEY);
CREATE TABLE users (id INTEGER PRIMARY KEY, v TEXT);
CREATE INDEX users_v_key ON users (v);
INSERT INTO users VALUES (1,'x');

-- Names that PostgreSQL would choose itself.
CREATE TABLE t(id INTEGER PRIMARY KEY, a INT UNIQUE, b INT, UNIQUE(a, b));
CREATE INDEX t_pkey ON t(b);
CREATE INDEX t_a_key ON t(b);
CREATE TABLE t_id_seq(id INTEGER PRIMARY KEY);
INSERT INTO t VALUES(1, 1, 1), (2, NULL, NULL);
