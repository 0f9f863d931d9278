/** SQL: the oids of the tables in $1, and of every partition of theirs. */
export const WITH_PARTITIONS = `
  SELECT plain.oid FROM unnest($1::regclass[]) AS plain (oid)
  UNION SELECT part.relid FROM unnest($1::regclass[]) AS plain (oid), pg_partition_tree(plain.oid) AS part`;
