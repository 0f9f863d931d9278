CREATE TABLE "migrations" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "timestamp" bigint NOT NULL, "name" varchar NOT NULL);
CREATE TABLE "photo" ("id" varchar PRIMARY KEY NOT NULL, "name" varchar(100) NOT NULL, "views" integer NOT NULL DEFAULT (0), "isPublished" boolean NOT NULL DEFAULT (1), "type" varchar CHECK( "type" IN ('jpg','png') ) NOT NULL DEFAULT ('jpg'), "createdAt" datetime NOT NULL DEFAULT (datetime('now')), "tags" text NOT NULL, "data" text, "authorId" integer, CONSTRAINT "UQ_name" UNIQUE ("name"), CONSTRAINT "FK_author" FOREIGN KEY ("authorId") REFERENCES "author" ("id") ON DELETE NO ACTION ON UPDATE NO ACTION);
CREATE TABLE "author" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "born" date);
INSERT INTO author VALUES (1,'1815-12-10');
INSERT INTO photo VALUES ('3430b28f-c298-4294-ab74-d146c13db605','p',3,1,'jpg','2024-05-01 10:20:30','a,b','{"x":1}',1),('9c858901-8a57-4791-81fe-4c455b099bc9','q',0,0,'png','2024-05-01 10:20:31.500','','[]',NULL);
CREATE INDEX "IDX_views" ON "photo" ("views", "name");
