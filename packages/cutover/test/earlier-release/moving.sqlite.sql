CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, mail TEXT UNIQUE);
INSERT INTO people VALUES (1, 'Ada', 'a@x');
INSERT INTO people VALUES (2, 'Bo', 'b@x');
INSERT INTO people VALUES (3, 'Cy', 'c@x');
CREATE TABLE notes (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES people (id), amount TEXT, at TEXT);
INSERT INTO notes VALUES (2, 3, '2', NULL);
INSERT INTO notes VALUES (3, 2, '3.00', '2025-02-01T00:00:00.5Z');
CREATE TABLE vatevo_cutover (id INTEGER PRIMARY KEY CHECK (id = 1), move TEXT NOT NULL, state TEXT NOT NULL,
      owner TEXT NOT NULL, applied TEXT);
INSERT INTO vatevo_cutover VALUES (1, '328cbe5a-4177-4f3f-a6ed-a65ebf7747e9', 'capturing', '2a3289f3-a2cb-4d8b-ae47-1516359af3ac', NULL);
CREATE TABLE vatevo_cutover_change (seq INTEGER PRIMARY KEY, tbl TEXT NOT NULL, k0);
INSERT INTO vatevo_cutover_change VALUES (1, 'people', 3);
INSERT INTO vatevo_cutover_change VALUES (2, 'notes', 3);
INSERT INTO vatevo_cutover_change VALUES (3, 'notes', 1);
CREATE TRIGGER "vatevo_cutover_fence_insert_notes" BEFORE INSERT ON "notes"
       WHEN (SELECT state FROM vatevo_cutover) IN ('fenced', 'left') BEGIN SELECT RAISE(ABORT, 'vatevo_cutover_fence: this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds'); END;
CREATE TRIGGER "vatevo_cutover_fence_update_notes" BEFORE UPDATE ON "notes"
       WHEN (SELECT state FROM vatevo_cutover) IN ('fenced', 'left') BEGIN SELECT RAISE(ABORT, 'vatevo_cutover_fence: this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds'); END;
CREATE TRIGGER "vatevo_cutover_fence_delete_notes" BEFORE DELETE ON "notes"
       WHEN (SELECT state FROM vatevo_cutover) IN ('fenced', 'left') BEGIN SELECT RAISE(ABORT, 'vatevo_cutover_fence: this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds'); END;
CREATE TRIGGER "vatevo_cutover_log_insert_notes" AFTER INSERT ON "notes"
     WHEN (SELECT state FROM vatevo_cutover) = 'capturing' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT 'notes', NEW."id"; END;
CREATE TRIGGER "vatevo_cutover_log_update_notes" AFTER UPDATE ON "notes"
     WHEN (SELECT state FROM vatevo_cutover) = 'capturing' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT 'notes', OLD."id"; INSERT INTO vatevo_cutover_change (tbl, k0) SELECT 'notes', NEW."id" WHERE NEW."id" IS NOT OLD."id" COLLATE BINARY; END;
CREATE TRIGGER "vatevo_cutover_log_delete_notes" AFTER DELETE ON "notes"
     WHEN (SELECT state FROM vatevo_cutover) = 'capturing' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT 'notes', OLD."id"; END;
CREATE TRIGGER "vatevo_cutover_fence_insert_people" BEFORE INSERT ON "people"
       WHEN (SELECT state FROM vatevo_cutover) IN ('fenced', 'left') BEGIN SELECT RAISE(ABORT, 'vatevo_cutover_fence: this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds'); END;
CREATE TRIGGER "vatevo_cutover_fence_update_people" BEFORE UPDATE ON "people"
       WHEN (SELECT state FROM vatevo_cutover) IN ('fenced', 'left') BEGIN SELECT RAISE(ABORT, 'vatevo_cutover_fence: this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds'); END;
CREATE TRIGGER "vatevo_cutover_fence_delete_people" BEFORE DELETE ON "people"
       WHEN (SELECT state FROM vatevo_cutover) IN ('fenced', 'left') BEGIN SELECT RAISE(ABORT, 'vatevo_cutover_fence: this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds'); END;
CREATE TRIGGER "vatevo_cutover_log_insert_people" AFTER INSERT ON "people"
     WHEN (SELECT state FROM vatevo_cutover) = 'capturing' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT 'people', NEW."id"; END;
CREATE TRIGGER "vatevo_cutover_log_update_people" AFTER UPDATE ON "people"
     WHEN (SELECT state FROM vatevo_cutover) = 'capturing' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT 'people', OLD."id"; INSERT INTO vatevo_cutover_change (tbl, k0) SELECT 'people', NEW."id" WHERE NEW."id" IS NOT OLD."id" COLLATE BINARY; END;
CREATE TRIGGER "vatevo_cutover_log_delete_people" AFTER DELETE ON "people"
     WHEN (SELECT state FROM vatevo_cutover) = 'capturing' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT 'people', OLD."id"; END;
CREATE TRIGGER "vatevo_cutover_log_replacing_insert_people" BEFORE INSERT ON "people"
     WHEN (SELECT state FROM vatevo_cutover) = 'capturing' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT 'people', "people"."id" FROM "people" WHERE "people"."mail" = NEW."mail" COLLATE "BINARY"; END;
CREATE TRIGGER "vatevo_cutover_log_replacing_update_people" BEFORE UPDATE ON "people"
     WHEN (SELECT state FROM vatevo_cutover) = 'capturing' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT 'people', "people"."id" FROM "people" WHERE "people"."mail" = NEW."mail" COLLATE "BINARY" AND ("people"."id" IS NOT NEW."id" COLLATE BINARY); END;
