CREATE TABLE "migrations" ("id" integer primary key autoincrement not null, "migration" varchar not null, "batch" integer not null);
CREATE TABLE "users" ("id" integer primary key autoincrement not null, "name" varchar not null, "email" varchar not null, "email_verified_at" datetime, "remember_token" varchar, "is_admin" tinyint(1) not null default '0', "role" varchar check ("role" in ('a', 'b')) not null default 'a', "options" text, "price" numeric not null default '0', "born" date, "created_at" datetime, "updated_at" datetime);
INSERT INTO users VALUES (1,'Ada','a@x.io','2024-05-01 10:20:30',NULL,1,'a','{"x":{"y":1}}',12.99,'1980-02-03 00:00:00','2024-05-01 10:20:30','2024-05-01 10:20:30'),(2,'Bob','b@x.io',NULL,'tok',0,'b',NULL,0,NULL,NULL,NULL);
CREATE UNIQUE INDEX "users_email_unique" on "users" ("email");
CREATE TABLE "posts" ("id" integer primary key autoincrement not null, "user_id" integer not null, "taggable_type" varchar, "taggable_id" integer, foreign key("user_id") references "users"("id") on delete cascade);
INSERT INTO posts VALUES (1,1,'App\Models\Tag',5);
CREATE INDEX "posts_taggable_type_taggable_id_index" on "posts" ("taggable_type", "taggable_id");
CREATE TABLE "cache" ("key" varchar not null, "value" text not null, "expiration" integer not null, primary key ("key"));
INSERT INTO cache VALUES ('k','s:1:"x";',1714558830);
