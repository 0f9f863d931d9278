import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandOptions, runThrough, type Through } from './command.ts';
import {
  type Content,
  compare,
  contentOfFile,
  contentOfServer,
  type Discrepancies,
  expectedContent,
} from './content.ts';
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
  target: Target,
  folder: string,
  env: CommandOptions['env'],
): Promise<Round> {
  mkdirSync(folder, { recursive: true });
  const round = new RoundRun(seed, target, folder, env);
  await makeSource(round.source, round.shape, (seed >> 1) % 2 === 0 ? 'delete' : 'wal');
  return round.run();
}

/** One round while it runs. */
class RoundRun {
  readonly source: string;
  readonly shape: Shape;
  readonly #seed: number;
  readonly #target: Target;
  readonly #folder: string;
  readonly #random: () => number;
  readonly #isNext: boolean;
  readonly #processes: number;
  readonly #failsOver: boolean;
  readonly #disk: Disk;
  readonly #through: Through[] = [];
  readonly #found: Discrepancies[] = [];
  #command: CommandOptions;
  #service!: Service;
  /** What the file held before the service wrote to it. */
  #before!: Content;
  #failures = 0;
  #powerFailures = 0;

  constructor(seed: number, target: Target, folder: string, env: CommandOptions['env']) {
    this.#seed = seed;
    this.#target = target;
    this.#folder = folder;
    this.#random = seeded(seed);
    this.shape = seed % 2 === 0 ? 'legacy' : 'own';
    this.#isNext = seed % A_MIGRATION_IN === 2;
    this.#processes = [3, 4].includes(seed % SEVERAL_IN) ? 2 + Math.floor(this.#random() * 3) : 1;
    this.#failsOver = [5, 6].includes(seed % A_FAILOVER_IN);
    this.source = join(folder, 'source.db');
    this.#disk = new Disk(this.source);
    this.#command = { url: target.url, env, random: this.#random };
  }

  async run(): Promise<Round> {
    this.#startService();
    try {
      const there = await this.#forward();
      await this.#serve();
      const returned = await this.#failBack();
      const answer = await this.#service.tell({ order: 'end' });
      refuseFailures(answer);
      if (this.#isNext) await this.#compare(contentOfServer(this.#target.url, true));
      return {
        seed: this.#seed,
        shape: this.shape,
        migrated: this.#isNext,
        processes: this.#processes,
        failedOver: this.#failsOver,
        acknowledged: answer.acknowledged,
        refused: answer.refused,
        kills: this.#through.reduce((sum, { kills }) => sum + kills, 0),
        powerFailures: this.#powerFailures,
        downtimeForwardMs: downtime(there.cutover),
        downtimeFailbackMs: downtime(returned.rollback),
        lost: this.#found.flatMap(({ lost }) => lost),
        invented: this.#found.flatMap(({ invented }) => invented),
      };
    } finally {
      this.#service.kill();
    }
  }

  /** @returns what `finish` printed */
  async #forward(): Promise<Through['report']> {
    await this.#writeTo(this.#file);
    await this.#runBeside('cutover', 'start', '--source', this.source);
    await sleep(A_WHILE * this.#random());
    if (this.#failsOver) await this.#target.follow();
    const finish = ['cutover', 'finish', '--source', this.source];
    const there = await this.#runBeside(...finish);
    if (!this.#failsOver) return there;
    refuseFailures(await this.#service.tell({ order: 'pause' }));
    await this.#compare(contentOfFile(this.source));
    if (this.#random() < 0.5) await this.#writeTo(this.#server);
    await this.#service.cut();
    await this.#target.promote();
    await this.#startOver();
    return this.#runBeside(...finish, '--hand-over-is-lost');
  }

  /** The service goes on with PostgreSQL, in some rounds in the next release. */
  async #serve(): Promise<void> {
    await this.#writeTo(this.#server);
    await this.#service.tell({ order: 'pause' });
    await this.#compare(contentOfServer(this.#target.url));
    await this.#writeTo(this.#server);
    if (!this.#isNext) return;
    this.#command = { ...this.#command, release: makeNextRelease(join(this.#folder, 'prisma')) };
    await deploy(this.#command);
    await this.#writeTo({ ...this.#server, isNext: true });
  }

  /** @returns what `rollback` printed */
  async #failBack(): Promise<Through['report']> {
    const file = this.shape === 'own' ? this.source : join(this.#folder, 'back.db');
    const place: Place = { kind: 'sqlite', file, shape: 'own', isNext: this.#isNext };
    const returned = await this.#run(['rollback', '--to', file]);
    await this.#writeTo(place);
    await this.#service.tell({ order: 'pause' });
    await this.#compare(contentOfFile(file, this.#isNext));
    if (!this.#isNext) return returned;
    await this.#writeTo(place);
    await this.#run(['cutover', 'start', '--source', file]);
    await this.#run(['cutover', 'finish', '--source', file]);
    await this.#writeTo({ ...this.#server, isNext: true });
    return returned;
  }

  get #file(): Place {
    return { kind: 'sqlite', file: this.source, shape: this.shape };
  }

  get #server() {
    return { kind: 'postgres', url: this.#target.url } as const;
  }

  async #run(args: readonly string[], killed?: () => Promise<void>): Promise<Through['report']> {
    const calm = async () => void (await this.#service.tell({ order: 'calm' }));
    const done = await runThrough(args, { ...this.#command, killed, calm });
    this.#through.push(done);
    return done.report;
  }

  /** A command beside a service whose machine may fail. */
  async #runBeside(...args: string[]): Promise<Through['report']> {
    this.#disk.watch();
    try {
      return await this.#run(args, () => this.#failPower());
    } finally {
      this.#disk.leave();
    }
  }

  async #failPower(): Promise<void> {
    if (this.#random() < 0.5) return;
    await this.#service.cut();
    this.#disk.fail(this.#random);
    this.#powerFailures++;
    await this.#startOver();
  }

  /** A service that was cut off starts over, with what the file holds. */
  async #startOver(): Promise<void> {
    this.#failures++;
    this.#startService();
    await this.#writeTo(this.#file);
  }

  /** With another seed after each failure, so that no value is written twice. */
  #startService(): void {
    this.#before = contentOfFile(this.source);
    this.#service = new Service(
      join(this.#folder, `journal-${this.#failures}`),
      this.#seed + this.#failures * SEEDS_APART,
      this.#processes,
    );
  }

  async #writeTo(place: Place): Promise<void> {
    await this.#service.tell({ order: 'write', place });
    await sleep(A_WHILE * this.#random());
  }

  async #compare(found: Content | Promise<Content>): Promise<void> {
    this.#found.push(compare(expectedContent(this.#before, this.#service.journals), await found));
  }
}

function downtime(result: unknown): number {
  return (result as { downtimeMs?: number }).downtimeMs ?? Number.NaN;
}

/** A write may be refused by a fence, and fail in no other way. */
function refuseFailures({ failures }: Answer): void {
  if (failures.length > 0) throw new Error(`writes failed beside the fence: ${failures.join('; ')}`);
}
