import { expect, it } from 'vitest';
import { abort, start } from '../src/index.ts';
import { dump, makeBench } from './support/bench.ts';

it('refuses a file that has tables and triggers with the names of a move, until they have others', async () => {
  const bench = await makeBench(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'x');
     CREATE TABLE vatevo_cutover (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO vatevo_cutover VALUES (1, 'mine');
     CREATE TABLE "Vatevo_Cutover_Change" (seq INTEGER PRIMARY KEY, tbl TEXT);
     CREATE TRIGGER vatevo_cutover_mine AFTER INSERT ON t BEGIN UPDATE t SET v = 'y' WHERE id = NEW.id; END;`,
    `CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE mine (id int PRIMARY KEY, note text);
     CREATE TABLE changes (seq int PRIMARY KEY, tbl text)`,
  );
  try {
    const before = dump(bench.writer);
    const refusal = (await start(bench.options()).catch((error: unknown) => error)) as Error;
    expect(refusal).toMatchObject({
      kind: 'source-refused',
      message: expect.stringContaining(
        'has table Vatevo_Cutover_Change, table vatevo_cutover, trigger vatevo_cutover_mine, and a live move',
      ),
      next: { step: 'transfer-instead' },
    });
    expect(await bench.states()).toBe('released none');
    expect(await abort(bench.options())).toEqual({ outcome: 'nothing-to-abort' });
    expect(dump(bench.writer)).toEqual(before);
    const renamed = /ALTER TABLE [^;]*(?=;)|ALTER TABLE [^;]*…/g;
    const [changes = '', mine = ''] = refusal.message.match(renamed) ?? [];
    bench.writer.exec(
      `${changes.replace('…', 'changes')}; ${mine.replace('…', 'mine')}; DROP TRIGGER vatevo_cutover_mine`,
    );
    await start(bench.options());
    expect(await bench.states()).toBe('capturing moving');
    expect(await bench.query('SELECT note FROM mine')).toEqual([{ note: 'mine' }]);
    await abort(bench.options());
    expect(await bench.states()).toBe('released none');
  } finally {
    await bench.drop();
  }
});
