import { readFileSync } from 'node:fs';
import {
  askServerRecord,
  fileState,
  Proof,
  primaryOf,
  readFileRecord,
  serverState,
  UnknownCutoverStateError,
} from '@vatevo/cutover-state';
import { expect, it } from 'vitest';
import { inodeOf } from '../src/file/identity.ts';
import { FileLedger } from '../src/file/ledger.ts';
import { abandon, abort, close, finish, rollback, start, status } from '../src/index.ts';
import { ServerLedger } from '../src/server/ledger.ts';
import { type Bench, LONG, makeBench, rowsIn, rowsOf } from './support/bench.ts';

/*
 * What release 0.1.0 left in both databases when it was killed in each state: `stored` holds them as SQL, under the
 * states as they are stored there. `clean`: the file has no record (any more).
 */

const TABLES = ['notes', 'people'];

async function restored(name: string): Promise<Bench> {
  const sql = (side: string) =>
    readFileSync(new URL(`./stored/${name}.${side}.sql`, import.meta.url), 'utf8');
  const bench = await makeBench(sql('sqlite'), sql('postgres'));
  // The file is another one than that which the move began with, and takes its place.
  const inode = inodeOf(bench.file);
  await bench.query('UPDATE vatevo_cutover.move SET inode = $1 WHERE inode IS NOT NULL', [inode]);
  await bench.query('UPDATE vatevo_cutover.move SET return_inode = $1 WHERE return_inode IS NOT NULL', [
    inode,
  ]);
  return bench;
}

async function restoring(name: string, work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await restored(name);
  try {
    await work(bench);
  } finally {
    await bench.drop();
  }
}

async function readings(bench: Bench) {
  const file = readFileRecord(bench.writer);
  const server = await askServerRecord(async (sql) => (await bench.query(sql)).map(Object.values));
  return { file, server };
}

async function primary(bench: Bench) {
  const { file, server } = await readings(bench);
  return primaryOf({ ok: true, record: file, identity: inodeOf(bench.file) }, { ok: true, record: server });
}

/** Writes where the primary is; null where it is fenced. */
async function write(bench: Bench, name: string): Promise<string | null> {
  const { side } = await primary(bench);
  const sql = `INSERT INTO people (name) VALUES ('${name}')`;
  try {
    if (side === 'file') bench.writer.exec(sql);
    else await bench.query(sql);
    return name;
  } catch (error) {
    expect((error as Error).message).toMatch(/^vatevo_cutover_fence: /);
    return null;
  }
}

const HANDED_OVER = 'handed-over serving';
const FAILED_BACK = 'released failed-back';
const there = (bench: Bench) => finish(bench.options());
const back = (bench: Bench) => rollback(bench.options());
const giveUp = (bench: Bench) => abort(bench.options());

type Way = readonly [command: (bench: Bench) => Promise<unknown>, states: string];

const STORED: readonly [name: string, side: string, fenced: boolean, ...Way[]][] = [
  ['open-claimed-clean', 'file', false, [there, HANDED_OVER]],
  ['capturing-claimed', 'file', false, [there, HANDED_OVER]],
  ['capturing-moving', 'file', false, [there, HANDED_OVER], [back, FAILED_BACK]],
  ['fenced-moving', 'file', true, [there, HANDED_OVER], [back, FAILED_BACK]],
  ['fenced-serving', 'server', false, [there, HANDED_OVER], [back, FAILED_BACK]],
  ['left-serving', 'server', false, [back, FAILED_BACK]],
  ['left-closed', 'server', false, [(bench) => close(bench.options()), 'handed-over closed']],
  ['capturing-aborting', 'file', false, [giveUp, 'released none']],
  ['open-aborting', 'file', false, [giveUp, 'released none']],
  ['open-aborting-clean', 'file', false, [giveUp, 'released none']],
  ['left-fenced', 'server', true, [back, FAILED_BACK]],
  ['open-fenced', 'file', false, [back, FAILED_BACK]],
  ['open-fenced-clean', 'file', false, [back, FAILED_BACK]],
  [
    'open-returned-clean',
    'file',
    false,
    [(bench) => start(bench.options()), 'capturing moving'],
    [giveUp, FAILED_BACK],
    [(bench) => start(bench.options()), 'capturing moving'],
    [there, HANDED_OVER],
  ],
];

/** Every second one, where it has to be quick. */
it.for(STORED.filter((_, i) => LONG || i % 2 === 1))(
  'goes on from what release 0.1.0 stored: %s',
  ([name, side, fenced, ...ways]) =>
    restoring(name, async (bench) => {
      const [file = '', server = ''] = name.split('-');
      expect(await bench.states()).toBe(`${fileState(file)} ${serverState(server)}`);
      expect(await primary(bench)).toEqual({ side });
      const first = await write(bench, 'first');
      expect(first === null).toBe(fenced);
      for (const [i, [command, states]] of ways.entries()) {
        await command(bench);
        expect(await bench.states()).toBe(states);
        await write(bench, `${i} ${states}`);
      }
      const { side: last } = await primary(bench);
      const rows = last === 'file' ? rowsOf(bench.writer, TABLES) : await rowsIn(bench, TABLES);
      const people = JSON.stringify(rows.people);
      for (const written of [
        'Ada',
        'Bo',
        ...(first ? [first] : []),
        ...ways.map(([, states], i) => `${i} ${states}`),
      ])
        expect(people).toContain(written);
      expect(rows.notes).toHaveLength(2);
    }),
);

type Command = (bench: Bench) => unknown;
const commands: Record<string, Command> = { start: (bench) => start(bench.options()), there, giveUp };
const later: Record<string, Command> = {
  back,
  close: (bench) => close(bench.options()),
  status: (bench) => status(bench.options()),
};

it.for<[where: 'file' | 'server', name: string, commands: Record<string, Command>]>([
  ['file', 'capturing-moving', { ...commands, abandon: ({ file }) => abandon(file) }],
  ['file', 'left-serving', later],
  ['server', 'capturing-moving', commands],
  ['server', 'left-serving', later],
])(
  'leaves databases alone where a later release brought the %s into a state of its own: %s',
  ([where, name, tried]) =>
    restoring(name, async (bench) => {
      if (where === 'file') bench.writer.exec(`UPDATE vatevo_cutover SET state = 'paused'`);
      else await bench.query(`UPDATE vatevo_cutover.move SET state = 'paused'`);
      expect(await primary(bench)).toMatchObject({ side: 'neither', because: 'unknown-state' });
      const before = await readings(bench);
      for (const [what, command] of Object.entries(tried)) {
        await expect((async () => command(bench))(), what).rejects.toMatchObject({
          kind: 'wrong-state',
          message: expect.stringMatching(
            /state "paused" of a cutover, which release .* use the later release/,
          ),
          cause: expect.any(UnknownCutoverStateError),
        });
      }
      expect(await readings(bench)).toEqual(before);
    }),
);

it('hands over with a proof made behind this very fence, and with no other', () =>
  restoring('fenced-moving', async (bench) => {
    const client = await bench.options().connect();
    const proof = new Proof();
    const server = new ServerLedger(client, proof);
    const file = new FileLedger(bench.file, 'this test', proof);
    try {
      file.adopt(() => undefined);
      await expect(server.transition('handOver', 'fenced')).rejects.toThrow(/"handOver" is no step/);
      proof.give();
      file.transition('unfence', 'moving');
      file.transition('fence', 'moving');
      // What was proven behind the other fence says nothing behind this one.
      await expect(server.transition('handOver', 'fenced')).rejects.toThrow(/"handOver" is no step/);
      proof.give();
      await server.transition('handOver', 'fenced');
      expect(await bench.states()).toBe('fenced serving');
    } finally {
      file.close();
      await client.end();
    }
  }));
