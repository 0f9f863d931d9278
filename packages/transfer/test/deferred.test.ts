import { transfer, verifyTransfer } from '@vatevo/transfer';
import { afterEach, expect, it } from 'vitest';
import { makePair, type Pair } from './support.ts';

let pair: Pair | undefined;
afterEach(async () => {
  await pair?.drop();
  pair = undefined;
});

const SQLITE = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER, amount INTEGER);
  INSERT INTO parent VALUES (1, 'a');
  INSERT INTO child VALUES (1, 1, 5);`;

it('puts back what an index and a constraint are besides their definition', async () => {
  pair = await makePair(
    SQLITE,
    `CREATE TABLE parent (id int, name text NOT NULL, CONSTRAINT "odd "" name" PRIMARY KEY (id));
     CREATE UNIQUE INDEX parent_name ON parent (name);
     ALTER TABLE parent REPLICA IDENTITY USING INDEX parent_name;
     ALTER TABLE parent CLUSTER ON "odd "" name";
     COMMENT ON INDEX parent_name IS 'it''s a name';
     COMMENT ON CONSTRAINT "odd "" name" ON parent IS 'a key; no more';
     CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, amount int)`,
  );
  const roles = `
    SELECT i.relname AS name, indisreplident AS identity, indisclustered AS clustered,
           coalesce(obj_description(i.oid, 'pg_class'), obj_description(k.oid, 'pg_constraint')) AS comment
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.contype = 'p'
    WHERE indrelid = 'parent'::regclass ORDER BY 1`;
  const before = await pair.query(roles);
  expect(before).toEqual([
    { name: 'odd " name', identity: false, clustered: true, comment: 'a key; no more' },
    { name: 'parent_name', identity: true, clustered: false, comment: `it's a name` },
  ]);
  await transfer(pair.endpoints);
  expect(await pair.query(roles)).toEqual(before);
});

it('leaves no constraint that holds for new rows only', async () => {
  pair = await makePair(
    SQLITE,
    `CREATE TABLE parent (id int PRIMARY KEY, name text);
     CREATE TABLE child (id int PRIMARY KEY, parent_id int, amount int);
     ALTER TABLE child ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;
     ALTER TABLE child ADD CONSTRAINT child_parent FOREIGN KEY (parent_id) REFERENCES parent NOT VALID`,
  );
  await transfer(pair.endpoints);
  expect(await pair.query('SELECT conname FROM pg_constraint WHERE NOT convalidated')).toEqual([]);
  expect(await verifyTransfer(pair.endpoints)).toMatchObject({ equal: true });
});
