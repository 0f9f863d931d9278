import { expect, it } from 'vitest';
import { abort, finish, rollback, start } from '../src/index.ts';
import { type Bench, makeBench, rowsIn, rowsOf } from './support/bench.ts';

/*
 * Triggers and rules of PostgreSQL's own, which must not act on rows that come from the file.
 */

const SQLITE = `CREATE TABLE invoice (id INTEGER PRIMARY KEY, total TEXT, updated TEXT); CREATE TABLE audit (id INTEGER PRIMARY KEY, note TEXT);
  INSERT INTO invoice VALUES (1, '1', 'then'), (2, '2', 'then'); INSERT INTO audit VALUES (1, 'first')`;

const POSTGRES = `CREATE TABLE invoice (id int PRIMARY KEY, total text, updated text); CREATE TABLE audit (id serial PRIMARY KEY, note text);
  CREATE TABLE elsewhere (id serial PRIMARY KEY, note text);
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated := 'now'; RETURN NEW; END $$;
  CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO elsewhere (note) VALUES (TG_OP); RETURN NULL; END $$;
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
  CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON invoice FOR EACH ROW EXECUTE FUNCTION touch();
  CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION noted();
  CREATE TRIGGER "each Statement" AFTER INSERT OR DELETE ON invoice FOR EACH STATEMENT EXECUTE FUNCTION noted();
  CREATE CONSTRAINT TRIGGER late AFTER INSERT ON invoice DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION noted();
  CREATE TRIGGER emptying BEFORE TRUNCATE ON invoice FOR EACH STATEMENT EXECUTE FUNCTION noted();
  CREATE TRIGGER emptied AFTER TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION noted();
  CREATE TRIGGER always BEFORE DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION refuse(); ALTER TABLE invoice ENABLE ALWAYS TRIGGER always;
  CREATE TRIGGER off BEFORE INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION refuse(); ALTER TABLE invoice DISABLE TRIGGER off;
  CREATE TRIGGER replicas BEFORE INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION refuse(); ALTER TABLE invoice ENABLE REPLICA TRIGGER replicas;
  CREATE RULE kept AS ON DELETE TO audit DO INSTEAD NOTHING; CREATE RULE doubled AS ON INSERT TO audit DO ALSO INSERT INTO elsewhere (note) VALUES ('rule')`;

const TABLES = ['invoice', 'audit'];

const OURS = { notOurs: ['elsewhere'] };

async function howEnabled(bench: Bench) {
  return {
    triggers: await bench.query(
      `SELECT tgrelid::regclass::text AS of, tgname, tgenabled FROM pg_trigger
       WHERE NOT tgisinternal AND tgname NOT LIKE 'vatevo%' ORDER BY 1, 2`,
    ),
    rules: await bench.query(
      'SELECT ev_class::regclass::text AS of, rulename, ev_enabled FROM pg_rewrite ORDER BY oid',
    ),
  };
}

/** Changes of both kinds: few, which are applied directly, and more than are read at once. */
function change(bench: Bench, from: number): void {
  bench.writer.exec(`UPDATE invoice SET total = total || 'x' WHERE id = 1; DELETE FROM invoice WHERE id = ${from - 1};
    DELETE FROM audit WHERE id = 1; INSERT INTO audit (note) VALUES ('new');
    WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${from + 1200})
    INSERT INTO invoice SELECT i, 'many', 'then' FROM n`);
}

it('keeps triggers and rules of the target quiet until the hand-over', async () => {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    const before = await howEnabled(bench);
    let copied = false;
    await start(
      bench.options((sql) => {
        // Rows that were read already: these changes are applied behind the copy.
        if (copied || !sql.startsWith('COPY')) return;
        copied = true;
        change(bench, 10);
      }, OURS),
    );
    change(bench, 5000);
    await finish(bench.options(undefined, OURS));
    expect(copied).toBe(true);
    expect(await rowsIn(bench, TABLES)).toEqual(rowsOf(bench.writer, TABLES));
    expect(await bench.query('SELECT note FROM elsewhere')).toEqual([]);
    expect(await howEnabled(bench)).toEqual(before);
    await bench.query(`INSERT INTO invoice VALUES (99999, 'served', 'then')`);
    expect(await bench.query('SELECT updated FROM invoice WHERE id = 99999')).toEqual([{ updated: 'now' }]);
    await expect(bench.query('DELETE FROM invoice')).rejects.toThrow('refused');
  } finally {
    await bench.drop();
  }
});

it('lets triggers and rules act again when a move is given up', async () => {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    const before = await howEnabled(bench);
    await start(bench.options(undefined, OURS));
    expect(await howEnabled(bench)).not.toEqual(before);
    change(bench, 10);
    await bench.query('DROP TRIGGER touch ON invoice; ALTER TRIGGER noted ON invoice RENAME TO renamed');
    await abort(bench.options(undefined, OURS));
    await bench.query('ALTER TRIGGER renamed ON invoice RENAME TO noted');
    const { triggers, rules } = await howEnabled(bench);
    expect(rules).toEqual(before.rules);
    expect(triggers).toEqual(before.triggers.filter(({ tgname }) => tgname !== 'touch'));
    expect(await bench.query('SELECT FROM elsewhere')).toEqual([]);
  } finally {
    await bench.drop();
  }
});

it('keeps triggers of partitions quiet', async () => {
  const bench = await makeBench(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (11, 'b')`,
    `CREATE TABLE t (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
     CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (10); CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (10) TO (100);
     CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := upper(NEW.v); RETURN NEW; END $$;
     CREATE TRIGGER everywhere BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION shout();
     CREATE TRIGGER here BEFORE INSERT ON t_2 FOR EACH ROW EXECUTE FUNCTION shout()`,
  );
  try {
    const before = await howEnabled(bench);
    await start(bench.options());
    bench.writer.exec(`UPDATE t SET v = v || 'c'; INSERT INTO t VALUES (12, 'd')`);
    await finish(bench.options());
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
    expect(await howEnabled(bench)).toEqual(before);
  } finally {
    await bench.drop();
  }
});

it('lets nothing act when a new move takes away what an earlier one brought', async () => {
  // One table has rows of the file, the other one none.
  const bench = await makeBench(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a')`,
    `CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE late (id int PRIMARY KEY); CREATE TABLE elsewhere (note text);
     CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO elsewhere VALUES (TG_OP); RETURN NULL; END $$;
     CREATE TRIGGER emptied AFTER TRUNCATE ON t FOR EACH STATEMENT EXECUTE FUNCTION noted();
     CREATE TRIGGER emptied AFTER TRUNCATE ON late FOR EACH STATEMENT EXECUTE FUNCTION noted()`,
  );
  const options = () => bench.options(undefined, { ...OURS, leaveBehind: ['late'] });
  try {
    const before = await howEnabled(bench);
    await start(options());
    await finish(options());
    await rollback(options());
    await start(options());
    await abort(options());
    expect(await bench.query('SELECT FROM elsewhere')).toEqual([]);
    expect(await howEnabled(bench)).toEqual(before);
  } finally {
    await bench.drop();
  }
});
