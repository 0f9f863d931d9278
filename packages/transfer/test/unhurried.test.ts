import { transfer } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { makePair } from './support.ts';

it('takes its time, whatever the database allows to a statement', async () => {
  const pair = await makePair(
    `CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO item VALUES (1, 'slow')`,
    `CREATE TABLE item (id int PRIMARY KEY, name text);
     CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3); RETURN NEW; END $$;
     CREATE TRIGGER wait BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION wait();
     DO $$ BEGIN
       EXECUTE format('ALTER DATABASE %I SET statement_timeout = 2000', current_database());
       EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = 2000', current_database());
     END $$`,
  );
  expect((await transfer(pair.endpoints)).verification).toMatchObject({ equal: true });
  await pair.drop();
});
