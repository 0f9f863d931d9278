CREATE TABLE visits(id int PRIMARY KEY, lasted interval, tags text[], sizes text[]);
