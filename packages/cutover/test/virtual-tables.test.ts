import { expect, it, onTestFinished } from 'vitest';
import { finish, rollback, start } from '../src/index.ts';
import { makeBench } from './support/bench.ts';

const SQLITE = `CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
  CREATE VIRTUAL TABLE found USING fts5(body, content = 'notes', content_rowid = 'id');
  CREATE TRIGGER added AFTER INSERT ON notes BEGIN INSERT INTO found(rowid, body) VALUES (new.id, new.body); END;
  INSERT INTO notes VALUES (1, 'penguin')`;
const POSTGRES = 'CREATE TABLE notes (id bigint PRIMARY KEY, body text)';

it.each([{ leaveBehind: ['found'] }, { decisions: { leaveBehind: ['found'] } }])(
  'hands over only when it was said that a virtual table is not kept up to date, left behind by %o',
  async (mapping) => {
    const bench = await makeBench(SQLITE, POSTGRES);
    onTestFinished(() => bench.drop());
    await expect(start(bench.options(undefined, { mapping }))).rejects.toMatchObject({
      kind: 'target-unfit',
      message: /virtual table found of the file, which does not learn of rows that go back/,
      next: { step: 'place-or-waive', leaveBehind: ['found'] },
    });
    const options = bench.options(undefined, { mapping, leaveBehind: ['found'] });
    await start(options);
    await finish(options);
    await bench.query(`INSERT INTO notes VALUES (2, 'walrus')`);
    expect(await rollback(bench.options(undefined, { mapping }))).toMatchObject({ virtualTables: ['found'] });
    const { writer } = bench;
    expect(writer.prepare('SELECT id FROM notes').pluck().all()).toEqual([1, 2]);
    const found = writer.prepare(`SELECT rowid FROM found WHERE found MATCH 'penguin OR walrus'`).pluck();
    expect(found.all()).toEqual([1]);
    writer.exec(`INSERT INTO found(found) VALUES ('rebuild')`);
    expect(found.all()).toEqual([1, 2]);
  },
);
