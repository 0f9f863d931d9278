import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandOptions, runThrough, type Through } from './command.ts';
import { compare, contentOfFile, contentOfServer, type Discrepancies, expectedContent } from './content.ts';
import { Disk } from './disk.ts';
import { deploy, makeNextRelease } from './next-release.ts';
import { makeSource } from './source.ts';
import type { Answer } from './writer/main.ts';
import { Writer } from './writer/process.ts';
import { seeded } from './writer/random.ts';
import type { Place, Shape } from './writer/store.ts';

/** Milliseconds for which the writer is let alone with a database. */
const A_WHILE = 400;
/** One round in so many has a migration in the middle: seeds 2, 27, 52 and so on, of both formats. */
const A_MIGRATION_IN = 25;
const SEEDS_APART = 1_000_000;

/** What came of one move and its failback. */
export interface Round {
  readonly seed: number;
  readonly shape: Shape;
  /** Whether the next release was deployed while failback was open. */
  readonly migrated: boolean;
  readonly acknowledged: number;
  /** Writes that a fence refused, and that the writer therefore knows are not done. */
  readonly refused: number;
  /** Times that a command was killed. */
  readonly kills: number;
  /** Times that writes which were not flushed yet were lost with it, and with the service. */
  readonly powerFailures: number;
  readonly downtimeForwardMs: number;
  readonly downtimeFailbackMs: number;
  readonly lost: readonly string[];
  readonly invented: readonly string[];
}

/**
 * Moves and fails back once, beside a service that never stops writing:
 *
 * 1. the writer works on a SQLite file (legacy or own format);
 * 2. `cutover start` and `finish`, killed at random and run again; at every other time the power fails, which ends the
 *    writer, too, and takes the file back to what was flushed: then what is there counts, and what follows;
 * 3. the writer goes on with PostgreSQL; what is there is compared with its journal;
 * 4. in some rounds the next release is deployed, and the writer writes to what is new there;
 * 5. `rollback`, killed at random and run again;
 * 6. the writer goes on with the SQLite file that took over; that is compared with the journal, too;
 * 7. in those rounds there once more, with the next release.
 *
 * @param url an empty database that was prepared
 */
export async function moveAndFailBack(
  seed: number,
  url: string,
  folder: string,
  env: CommandOptions['env'],
): Promise<Round> {
  mkdirSync(folder, { recursive: true });
  const random = seeded(seed);
  const shape: Shape = seed % 2 === 0 ? 'legacy' : 'own';
  const isNext = seed % A_MIGRATION_IN === 2;
  const source = join(folder, 'source.db');
  const back = shape === 'own' ? source : join(folder, 'back.db');
  await makeSource(source, shape, (seed >> 1) % 2 === 0 ? 'delete' : 'wal');
  let before = contentOfFile(source);
  let journal = join(folder, 'journal.ndjson');
  let writer = new Writer(journal, seed);
  let powerFailures = 0;
  const disk = new Disk(source);
  let command: CommandOptions = { url, env, random };
  const through: Through[] = [];
  const found: Discrepancies[] = [];
  const run = async (args: readonly string[], killed?: () => Promise<void>) => {
    const calm = async () => void (await writer.tell({ order: 'calm' }));
    const done = await runThrough(args, { ...command, killed, calm });
    through.push(done);
    return done.report;
  };
  const failPower = async () => {
    if (random() < 0.5) return;
    await writer.cut();
    disk.fail(random);
    powerFailures++;
    before = contentOfFile(source);
    journal = join(folder, `journal-${powerFailures}.ndjson`);
    // Another seed, so that no value is written twice.
    writer = new Writer(journal, seed + powerFailures * SEEDS_APART);
    await writeTo({ kind: 'sqlite', file: source, shape });
  };
  /** A command beside a service whose machine may fail. */
  const runBeside = async (...args: string[]) => {
    disk.watch();
    try {
      return await run(args, failPower);
    } finally {
      disk.leave();
    }
  };
  const writeTo = async (place: Place) => {
    await writer.tell({ order: 'write', place });
    await sleep(A_WHILE * random());
  };
  try {
    await writeTo({ kind: 'sqlite', file: source, shape });
    await runBeside('cutover', 'start', '--source', source);
    await sleep(A_WHILE * random());
    const there = await runBeside('cutover', 'finish', '--source', source);
    await writeTo({ kind: 'postgres', url });
    await writer.tell({ order: 'pause' });
    found.push(compare(expectedContent(before, journal), await contentOfServer(url)));

    await writeTo({ kind: 'postgres', url });
    if (isNext) {
      command = { ...command, release: makeNextRelease(join(folder, 'prisma')) };
      await deploy(command);
      await writeTo({ kind: 'postgres', url, isNext });
    }
    const returned = await run(['rollback', '--to', back]);
    await writeTo({ kind: 'sqlite', file: back, shape: 'own', isNext });
    await writer.tell({ order: 'pause' });
    found.push(compare(expectedContent(before, journal), contentOfFile(back, isNext)));
    if (isNext) {
      await writeTo({ kind: 'sqlite', file: back, shape: 'own', isNext });
      await run(['cutover', 'start', '--source', back]);
      await run(['cutover', 'finish', '--source', back]);
      await writeTo({ kind: 'postgres', url, isNext });
    }
    const answer = await writer.tell({ order: 'end' });
    refuseFailures(answer);
    if (isNext) {
      found.push(compare(expectedContent(before, journal), await contentOfServer(url, isNext)));
    }
    return {
      seed,
      shape,
      migrated: isNext,
      acknowledged: answer.acknowledged,
      refused: answer.refused,
      kills: through.reduce((sum, { kills }) => sum + kills, 0),
      powerFailures,
      downtimeForwardMs: downtime(there.cutover),
      downtimeFailbackMs: downtime(returned.rollback),
      lost: found.flatMap(({ lost }) => lost),
      invented: found.flatMap(({ invented }) => invented),
    };
  } finally {
    writer.kill();
  }
}

function downtime(result: unknown): number {
  return (result as { downtimeMs?: number }).downtimeMs ?? Number.NaN;
}

/** A write may be refused by a fence, and fail in no other way. */
function refuseFailures({ failures }: Answer): void {
  if (failures.length > 0) throw new Error(`writes failed beside the fence: ${failures.join('; ')}`);
}
