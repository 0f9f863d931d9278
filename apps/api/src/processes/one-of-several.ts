import type { Store } from 'express-rate-limit';
import type { MetricObject } from 'prom-client';
import type { Count, FromProcess, Question, Questions, ToProcess } from './messages.ts';
import { PLACE } from './place.ts';

/** What a process of several shares with the others, through the first one. */
export interface Others {
  /** From 0; the one in the first place does what is to be done once. */
  readonly place: number;
  /** Counts of requests that are those of all processes. */
  storeFor(name: string): Store;
  /** What all processes have counted and measured, as text. */
  allMetrics(): Promise<string>;
  /** What is told of this process when it is asked for. */
  tellMetrics(own: () => Promise<readonly MetricObject[]>): void;
  /** Says that this process answers requests now. */
  listening(url: string): void;
  /** @param stop ends this process; never comes back */
  onStop(stop: (lingerMs: number) => Promise<void>): void;
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** The others, when this process is one of several. */
export function findOthers(env: Readonly<Record<string, string | undefined>>): Others | undefined {
  const place = env[PLACE];
  if (place === undefined || process.send === undefined) return undefined;
  const waiting = new Map<number, Waiting>();
  let id = 0;
  let own: () => Promise<readonly MetricObject[]> = async () => [];
  let stop: (lingerMs: number) => Promise<void> = async () => process.exit(0);
  const say = (message: FromProcess) => process.send?.(message);
  const ask = <Q extends Question>(question: Q, of: Questions[Q]['of']): Promise<Questions[Q]['answer']> =>
    new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      say({ kind: 'question', id, question, of });
      id++;
    });
  process.on('message', async (message: ToProcess) => {
    if (message.kind === 'answer') take(message.id)?.resolve(message.answer as never);
    else if (message.kind === 'failure') take(message.id)?.reject(new Error(message.message));
    else if (message.kind === 'tell metrics') say({ kind: 'metrics', id: message.id, metrics: await own() });
    else if (message.kind === 'stop') await stop(message.lingerMs);
  });
  const take = (of: number): Waiting | undefined => {
    const found = waiting.get(of);
    waiting.delete(of);
    return found;
  };
  return {
    place: Number(place),
    storeFor: (name) => new SharedStore((question, key) => ask(question, { name, key })),
    allMetrics: () => ask('metrics', null),
    tellMetrics(metrics) {
      own = metrics;
    },
    listening: (url) => void say({ kind: 'listening', url }),
    onStop(work) {
      stop = async (lingerMs) => {
        await work(lingerMs);
      };
    },
  };
}

/** Tells the first process what this one has counted, before it ends. */
export async function tellLastMetrics(own: () => Promise<readonly MetricObject[]>): Promise<void> {
  const message: FromProcess = { kind: 'metrics', id: 'last', metrics: await own() };
  await new Promise<void>((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, () => resolve());
  });
}

type Ask = (question: 'increment' | 'count' | 'decrement', key: string) => Promise<Count | undefined>;

/** Counts that the first process keeps. */
class SharedStore implements Store {
  readonly localKeys = false;
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async get(key: string) {
    return toHits(await this.#ask('count', key));
  }

  async increment(key: string) {
    return toHits(await this.#ask('increment', key)) ?? { totalHits: 1, resetTime: undefined };
  }

  async decrement(key: string): Promise<void> {
    await this.#ask('decrement', key);
  }

  /** Counts start over with their window alone. */
  async resetKey(): Promise<void> {}
}

function toHits(count: Count | undefined) {
  return count && { totalHits: count.hits, resetTime: new Date(count.resetAt) };
}
