PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
INSERT INTO people VALUES(1,'Ada');
INSERT INTO people VALUES(2,'Bo');
INSERT INTO people VALUES(3,'Cy');
CREATE TABLE notes (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id), said TEXT);
INSERT INTO notes VALUES(1,1,'x');
INSERT INTO notes VALUES(2,2,NULL);
CREATE TABLE vatevo_cutover (id INTEGER PRIMARY KEY CHECK (id = 1), move TEXT NOT NULL, state TEXT NOT NULL,
      owner TEXT NOT NULL, applied TEXT);
INSERT INTO vatevo_cutover VALUES(1,'3b638bae-7dcf-4430-8ed6-7e25622cd49f','capturing','98ee9c4f-0c98-4f5e-9f9f-c3fa2c5e1be6',NULL);
CREATE TABLE vatevo_cutover_change (seq INTEGER PRIMARY KEY, mark INTEGER NOT NULL DEFAULT (random()), tbl TEXT NOT NULL, k0);
INSERT INTO vatevo_cutover_change VALUES(1,-74488560344309187,'people',3);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('people',3);
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
     WHEN (SELECT state FROM vatevo_cutover) = 'capturing' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT 'people', "people"."id" FROM "people" WHERE "people"."name" = NEW."name" COLLATE "BINARY"; END;
CREATE TRIGGER "vatevo_cutover_log_replacing_update_people" BEFORE UPDATE ON "people"
     WHEN (SELECT state FROM vatevo_cutover) = 'capturing' BEGIN INSERT INTO vatevo_cutover_change (tbl, k0) SELECT 'people', "people"."id" FROM "people" WHERE "people"."name" = NEW."name" COLLATE "BINARY" AND ("people"."id" IS NOT NEW."id" COLLATE BINARY); END;
COMMIT;
