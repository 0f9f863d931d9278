import { transfer } from '@vatevo/transfer';
import { afterEach, expect, it } from 'vitest';
import { makePair, type Pair } from './support.ts';

/*
 * Triggers and rules of the target's own, which must not act on rows that are loaded.
 */

let pair: Pair | undefined;
afterEach(async () => {
  await pair?.drop();
  pair = undefined;
});

const SQLITE = `CREATE TABLE invoice (id INTEGER PRIMARY KEY, total TEXT, updated TEXT); CREATE TABLE part (id INTEGER PRIMARY KEY, v TEXT);
  INSERT INTO invoice VALUES (1, '1', 'then'), (2, '2', 'then'); INSERT INTO part VALUES (1, 'a'), (11, 'b')`;

const POSTGRES = `
  CREATE TABLE invoice (id int PRIMARY KEY, total text, updated text); CREATE TABLE elsewhere (note text);
  CREATE TABLE part (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
  CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10); CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (10) TO (100);
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated := 'now'; RETURN NEW; END $$;
  CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO elsewhere VALUES (TG_OP); RETURN NULL; END $$;
  CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := upper(NEW.v); RETURN NEW; END $$;
  CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON invoice FOR EACH ROW EXECUTE FUNCTION touch();
  CREATE TRIGGER "noted ""here" AFTER INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION noted();
  CREATE TRIGGER statement AFTER INSERT OR TRUNCATE ON invoice FOR EACH STATEMENT EXECUTE FUNCTION noted();
  CREATE CONSTRAINT TRIGGER late AFTER INSERT ON invoice DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION noted();
  ALTER TABLE invoice ENABLE ALWAYS TRIGGER statement;
  CREATE TRIGGER off BEFORE INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION noted(); ALTER TABLE invoice DISABLE TRIGGER off;
  CREATE TRIGGER everywhere BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION shout();
  CREATE RULE doubled AS ON INSERT TO invoice DO ALSO INSERT INTO elsewhere VALUES ('rule')`;

const HOW = `
  SELECT tgrelid::regclass::text AS of, tgname AS name, tgenabled::text AS enabled FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT ev_class::regclass::text, rulename, ev_enabled::text FROM pg_rewrite WHERE rulename = 'doubled' ORDER BY 1, 2`;

it('loads rows as they are in the file, and lets triggers act from then on', async () => {
  pair = await makePair(SQLITE, POSTGRES);
  const before = await pair.query(HOW);
  expect(await transfer(pair.endpoints)).toMatchObject({ outcome: 'transferred' });
  expect(await pair.query('SELECT DISTINCT updated AS at FROM invoice')).toEqual([{ at: 'then' }]);
  expect(await pair.query('SELECT v FROM part ORDER BY id')).toEqual([{ v: 'a' }, { v: 'b' }]);
  expect(await pair.query('SELECT FROM elsewhere')).toEqual([]);
  expect(await pair.query(HOW)).toEqual(before);
  await pair.query(`INSERT INTO invoice VALUES (9, '9', 'then')`);
  expect(await pair.query('SELECT updated AS at FROM invoice WHERE id = 9')).toEqual([{ at: 'now' }]);
});

it.for(['finalize', 'verify'])(
  'takes back a transfer that ended in %s without letting them act',
  async (at) => {
    pair = await makePair(SQLITE, POSTGRES);
    const before = await pair.query(HOW);
    // Rows that were there go, and come back when it is taken back.
    const seeds = `INSERT INTO part VALUES (3, 'seed'), (12, NULL)`;
    await pair.query(seeds);
    const seeded = await pair.query('SELECT id, v FROM part ORDER BY id');
    const endpoints = { ...pair.endpoints, mapping: { tables: { part: { seeded: 'replace' } } } } as const;
    let cut = false;
    const breaking = {
      ...endpoints,
      onProgress: ({ stage }: { stage: string }) => {
        if (stage !== at) return;
        cut = true;
        throw new Error('cut');
      },
    };
    await expect(transfer(breaking)).rejects.toThrow('cut');
    expect(cut).toBe(true);
    await expect(transfer({ ...pair.endpoints, discardUnfinished: true })).rejects.toMatchObject({
      kind: 'target-not-empty',
      message: expect.stringContaining('part'),
    });
    expect(await pair.query('SELECT id, v FROM part ORDER BY id')).toEqual(seeded);
    expect(await pair.query(HOW)).toEqual(before);
    expect(await transfer({ ...endpoints, discardUnfinished: true })).toMatchObject({
      outcome: 'transferred',
    });
    expect(await pair.query('SELECT FROM elsewhere')).toEqual([]);
    expect(await pair.query(HOW)).toEqual(before);
  },
);
