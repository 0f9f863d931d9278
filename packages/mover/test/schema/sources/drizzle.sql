CREATE TABLE `users` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `name` text NOT NULL, `active` integer DEFAULT true NOT NULL, `created_at` integer DEFAULT (unixepoch()) NOT NULL, `meta` text, `ref` text DEFAULT (lower(hex(randomblob(16)))), `at` text DEFAULT (CURRENT_TIMESTAMP) NOT NULL, `amount` numeric);
INSERT INTO users VALUES (1,'Ada',1,1714558830,'{"k":"v"}','aa','2024-05-01 10:20:30',10.25),(2,'Bob',0,1714558831,NULL,'bb','2024-05-01 10:20:31',3);
CREATE TABLE `sessions` (`token` text PRIMARY KEY NOT NULL, `user_id` integer NOT NULL, FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade);
INSERT INTO sessions VALUES ('t',1);
CREATE TABLE `members` (`group_id` integer NOT NULL, `user_id` integer NOT NULL, PRIMARY KEY(`group_id`, `user_id`), FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action, CONSTRAINT "group_check" CHECK("members"."group_id" > 0));
INSERT INTO members VALUES (1,1),(1,2);
CREATE UNIQUE INDEX `users_name_unique` ON `users` (`name`);
