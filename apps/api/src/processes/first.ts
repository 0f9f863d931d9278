import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { Counts } from './counts.ts';
import { GatheredMetrics } from './gathered-metrics.ts';
import type { FromProcess, ToProcess } from './messages.ts';
import { PLACE } from './place.ts';

/** Milliseconds for which a process that is replaced goes on answering on the connections that clients keep. */
const LINGER_MS = 5_000;
/** Milliseconds that a process has to end, behind its own period of grace. */
const END_MS = 35_000;
/** Milliseconds until a process that ended by itself is started again; twice as long each time, until one listens. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** A process ended before it listened, and has said why. */
export class ProcessFailedError extends Error {
  override readonly name = 'ProcessFailedError';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('A process ended before it listened.');
    this.exitCode = exitCode;
  }
}

/**
 * The first of several processes: it starts the others, which share its port, and keeps them. It answers no request
 * itself; it counts for their limits, and gathers their metrics.
 */
export class Processes {
  readonly #log: Log;
  /** By their place, from 0; the one in the first place delivers webhooks. */
  readonly #inPlace: Worker[] = [];
  readonly #leaving = new Set<Worker>();
  readonly #listening = new WeakSet<Worker>();
  readonly #counts = new Counts();
  readonly #metrics = new GatheredMetrics();
  #replacing: Promise<void> | undefined;
  #again = false;
  #stopping = false;

  /** @throws ProcessFailedError */
  static async start(count: number, log: Log): Promise<Processes> {
    const processes = new Processes(log);
    const places = Array.from({ length: count }, (_, place) => place);
    const started = await Promise.allSettled(places.map((place) => processes.#start(place)));
    const failed = started.find((each) => each.status === 'rejected');
    if (failed) {
      await processes.stop();
      throw failed.reason;
    }
    for (const [place, each] of started.entries())
      if (each.status === 'fulfilled') processes.#keep(place, each.value);
    return processes;
  }

  private constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Replaces the processes by new ones of the program as it is now, one after the other: the old one goes when the new one
   * listens. When a new one fails, those that are left stay.
   */
  replaceAll(): void {
    this.#again = true;
    this.#replacing ??= this.#replaceInTurn().finally(() => {
      this.#replacing = undefined;
    });
  }

  /** @returns whether every request was answered */
  async stop(): Promise<boolean> {
    this.#stopping = true;
    const all = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    const ended = await Promise.all(all.map((worker) => this.#end(worker, 0)));
    return ended.every((wasWhole) => wasWhole);
  }

  /** Ends all of them at once. */
  kill(): void {
    this.#stopping = true;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
  }

  async #replaceInTurn(): Promise<void> {
    while (this.#again && !this.#stopping) {
      this.#again = false;
      for (let place = 0; place < this.#inPlace.length; place++) {
        if (this.#stopping) return;
        let old: Worker | undefined;
        try {
          const next = await this.#start(place);
          // Whoever is there by now: the one that was may have ended meanwhile, and another been started for it.
          old = this.#inPlace[place];
          this.#keep(place, next);
        } catch (error) {
          // All of them are ended, this one with them.
          if (!this.#stopping)
            this.#log.error({ err: error, place }, 'a new process failed; those that run stay');
          return;
        }
        if (old) await this.#end(old, LINGER_MS);
      }
      this.#log.info({ processes: this.#inPlace.length }, 'processes replaced');
    }
  }

  /** Resolves when it listens. */
  async #start(place: number): Promise<Worker> {
    const worker = cluster.fork({ [PLACE]: String(place) });
    worker.on('message', (message: FromProcess) => this.#heed(worker, message));
    // By then all that it said has been heard.
    worker.once('disconnect', () => this.#metrics.left(worker.id));
    return new Promise((resolve, reject) => {
      const failed = (code: number | null) => reject(new ProcessFailedError(code ?? 1));
      worker.once('exit', failed);
      worker.on('message', ({ kind }: FromProcess) => {
        if (kind !== 'listening') return;
        worker.off('exit', failed);
        this.#listening.add(worker);
        resolve(worker);
      });
    });
  }

  /** Starts it again when it ends by itself. */
  #keep(place: number, worker: Worker): void {
    this.#inPlace[place] = worker;
    worker.once('exit', async (code, signal) => {
      if (this.#leaving.delete(worker) || this.#stopping) return;
      this.#log.error({ place, code, signal }, 'a process ended by itself and is started again');
      for (let pause = FIRST_PAUSE_MS; !this.#stopping; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
        await sleep(pause);
        if (this.#stopping || this.#inPlace[place] !== worker) return;
        const next = await this.#start(place).catch(() => undefined);
        if (next === undefined) continue;
        if (this.#inPlace[place] === worker) this.#keep(place, next);
        // It was replaced meanwhile.
        else await this.#end(next, 0);
        return;
      }
    });
  }

  async #end(worker: Worker, lingerMs: number): Promise<boolean> {
    this.#leaving.add(worker);
    if (worker.isDead()) return true;
    const exit = once(worker, 'exit') as Promise<[number | null]>;
    if (!this.#listening.has(worker)) {
      // It has answered nothing yet, and may not hear yet what it is told.
      worker.process.kill('SIGKILL');
      await exit;
      return true;
    }
    this.#tell(worker, { kind: 'stop', lingerMs });
    const late = new AbortController();
    const ended = await Promise.race([
      exit,
      sleep(END_MS + lingerMs, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    if (ended === undefined) worker.process.kill('SIGKILL');
    return ended?.[0] === 0;
  }

  #heed(worker: Worker, message: FromProcess): void {
    if (message.kind === 'metrics') this.#metrics.heard(worker.id, message);
    if (message.kind !== 'question') return;
    const { id, question, of } = message;
    if (question !== 'metrics') {
      const answer = this.#counts.answer(question, of as { name: string; key: string });
      this.#tell(worker, { kind: 'answer', id, answer });
      return;
    }
    const listening = this.#inPlace.filter((each) => each.isConnected());
    const ask = (askId: number) => {
      for (const each of listening) this.#tell(each, { kind: 'tell metrics', id: askId });
    };
    this.#metrics
      .gather(
        listening.map((each) => each.id),
        ask,
      )
      .then(
        (answer) => this.#tell(worker, { kind: 'answer', id, answer }),
        (error: Error) => this.#tell(worker, { kind: 'failure', id, message: error.message }),
      );
  }

  #tell(worker: Worker, message: ToProcess): void {
    // Who has ended hears nothing, and is not told of twice.
    if (worker.isConnected()) worker.send(message, () => undefined);
  }
}
