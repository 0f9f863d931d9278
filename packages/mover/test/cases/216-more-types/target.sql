CREATE TYPE mood AS ENUM ('happy','sad');
CREATE TABLE t(id int PRIMARY KEY, clock time, zoned timetz, span interval, net cidr, card macaddr, bits varbit(8), moods mood[], grid int8[], moments timestamptz[], doc json);
