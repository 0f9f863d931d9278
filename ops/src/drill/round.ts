import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandOptions, runThrough, type Through } from './command.ts';
import { compare, contentOfFile, contentOfServer, type Discrepancies, expectedContent } from './content.ts';
import { Disk } from './disk.ts';
import { deploy, makeNextRelease } from './next-release.ts';
import { makeSource } from './source.ts';
import type { Answer } from './writer/main.ts';
import { seeded } from './writer/random.ts';
import { Service } from './writer/service.ts';
import type { Place, Shape } from './writer/store.ts';

/** Milliseconds for which the writer is let alone with a database. */
const A_WHILE = 400;
/** One round in so many has a migration in the middle: seeds 2, 27, 52 and so on, of both formats. */
const A_MIGRATION_IN = 25;
/** In two rounds of so many the service has several processes: seeds 3, 4, 9, 10 and so on, one of each format. */
const SEVERAL_IN = 6;
/** In two rounds of so many PostgreSQL is lost just after the hand-over: seeds 5, 6, 15, 16 and so on, one of each format. */
const A_FAILOVER_IN = 10;
/** Between a service and the one that takes its place after a failure. */
const SEEDS_APART = 1_000_000;

/** What came of one move and its failback. */
export interface Round {
  readonly seed: number;
  readonly shape: Shape;
  /** Whether the next release was deployed while failback was open. */
  readonly migrated: boolean;
  /** Of the service. */
  readonly processes: number;
  /** Whether PostgreSQL was lost just after the hand-over, and a standby promoted that knew nothing of it. */
  readonly failedOver: boolean;
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

/** The PostgreSQL of one round. */
export interface Target {
  /** Of an empty database that was prepared. */
  readonly url: string;
  /** Copies it as it is, when nobody is connected. */
  follow(): Promise<void>;
  /** Puts the copy in its place; what came since is lost. */
  promote(): Promise<void>;
}

/**
 * Moves and fails back once, beside a service that never stops writing:
 *
 * 1. the service, of one process or several, works on a SQLite file (legacy or own format);
 * 2. `cutover start` and `finish`, killed at random and run again; at every other time the power fails, which ends the
 *    service, too, and takes the file back to what was flushed: then what is there counts, and what follows;
 * 3. in some rounds that PostgreSQL is lost, and with it what was written there; the file, which must hold all of before, is
 *    handed over to a standby that had not followed so far;
 * 4. the service goes on with PostgreSQL; what is there is compared with its journals;
 * 5. in some rounds the next release is deployed, and the service writes to what is new there;
 * 6. `rollback`, killed at random and run again;
 * 7. the service goes on with the SQLite file that took over; that is compared with the journals, too;
 * 8. in the rounds of 5 there once more, with the next release.
 */
export async function moveAndFailBack(
  seed: number,
  { url, ...standby }: Target,
  folder: string,
  env: CommandOptions['env'],
): Promise<Round> {
  mkdirSync(folder, { recursive: true });
  const random = seeded(seed);
  const shape: Shape = seed % 2 === 0 ? 'legacy' : 'own';
  const isNext = seed % A_MIGRATION_IN === 2;
  const processes = [3, 4].includes(seed % SEVERAL_IN) ? 2 + Math.floor(random() * 3) : 1;
  const failsOver = [5, 6].includes(seed % A_FAILOVER_IN);
  const source = join(folder, 'source.db');
  const back = shape === 'own' ? source : join(folder, 'back.db');
  await makeSource(source, shape, (seed >> 1) % 2 === 0 ? 'delete' : 'wal');
  let before = contentOfFile(source);
  let failures = 0;
  // Another seed after each failure, so that no value is written twice.
  const startService = () =>
    new Service(join(folder, `journal-${failures}`), seed + failures * SEEDS_APART, processes);
  let service = startService();
  let powerFailures = 0;
  const disk = new Disk(source);
  let command: CommandOptions = { url, env, random };
  const through: Through[] = [];
  const found: Discrepancies[] = [];
  const run = async (args: readonly string[], killed?: () => Promise<void>) => {
    const calm = async () => void (await service.tell({ order: 'calm' }));
    const done = await runThrough(args, { ...command, killed, calm });
    through.push(done);
    return done.report;
  };
  /** A service that was cut off starts over, with what the file holds. */
  const startOver = async () => {
    failures++;
    before = contentOfFile(source);
    service = startService();
    await writeTo({ kind: 'sqlite', file: source, shape });
  };
  const failPower = async () => {
    if (random() < 0.5) return;
    await service.cut();
    disk.fail(random);
    powerFailures++;
    await startOver();
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
    await service.tell({ order: 'write', place });
    await sleep(A_WHILE * random());
  };
  try {
    await writeTo({ kind: 'sqlite', file: source, shape });
    await runBeside('cutover', 'start', '--source', source);
    await sleep(A_WHILE * random());
    if (failsOver) await standby.follow();
    const finish = ['cutover', 'finish', '--source', source];
    let there = await runBeside(...finish);
    if (failsOver) {
      refuseFailures(await service.tell({ order: 'pause' }));
      found.push(compare(expectedContent(before, service.journals), contentOfFile(source)));
      if (random() < 0.5) await writeTo({ kind: 'postgres', url });
      await service.cut();
      await standby.promote();
      await startOver();
      there = await runBeside(...finish, '--hand-over-is-lost');
    }
    await writeTo({ kind: 'postgres', url });
    await service.tell({ order: 'pause' });
    found.push(compare(expectedContent(before, service.journals), await contentOfServer(url)));

    await writeTo({ kind: 'postgres', url });
    if (isNext) {
      command = { ...command, release: makeNextRelease(join(folder, 'prisma')) };
      await deploy(command);
      await writeTo({ kind: 'postgres', url, isNext });
    }
    const returned = await run(['rollback', '--to', back]);
    await writeTo({ kind: 'sqlite', file: back, shape: 'own', isNext });
    await service.tell({ order: 'pause' });
    found.push(compare(expectedContent(before, service.journals), contentOfFile(back, isNext)));
    if (isNext) {
      await writeTo({ kind: 'sqlite', file: back, shape: 'own', isNext });
      await run(['cutover', 'start', '--source', back]);
      await run(['cutover', 'finish', '--source', back]);
      await writeTo({ kind: 'postgres', url, isNext });
    }
    const answer = await service.tell({ order: 'end' });
    refuseFailures(answer);
    if (isNext) {
      found.push(compare(expectedContent(before, service.journals), await contentOfServer(url, isNext)));
    }
    return {
      seed,
      shape,
      migrated: isNext,
      processes,
      failedOver: failsOver,
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
    service.kill();
  }
}

function downtime(result: unknown): number {
  return (result as { downtimeMs?: number }).downtimeMs ?? Number.NaN;
}

/** A write may be refused by a fence, and fail in no other way. */
function refuseFailures({ failures }: Answer): void {
  if (failures.length > 0) throw new Error(`writes failed beside the fence: ${failures.join('; ')}`);
}
