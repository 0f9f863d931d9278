import type { Answer, Order } from './main.ts';
import { Writer } from './process.ts';

/** Between the seeds of processes, so that none writes what another one does. */
const SEEDS_APART = 100_000_000;

/** What writes: one process, or several that write to the same rows in turns, each with a journal of its own. */
export class Service {
  readonly journals: readonly string[];
  readonly #writers: readonly Writer[];

  /** @param journal what the names of the journals begin with */
  constructor(journal: string, seed: number, processes: number) {
    this.journals = Array.from({ length: processes }, (_, i) => `${journal}-${i}.ndjson`);
    this.#writers = this.journals.map((file, i) => new Writer(file, seed + i * SEEDS_APART, processes > 1));
  }

  /** Gives an order, and waits until it has taken effect everywhere. */
  async tell(order: Order): Promise<Answer> {
    const answers = await Promise.all(this.#writers.map((writer) => writer.tell(order)));
    return {
      done: order.order,
      acknowledged: sum(answers.map(({ acknowledged }) => acknowledged)),
      refused: sum(answers.map(({ refused }) => refused)),
      failures: answers.flatMap(({ failures }) => failures),
    };
  }

  kill(): void {
    for (const writer of this.#writers) writer.kill();
  }

  /** Ends it as a power failure does. @returns when nothing of it is left */
  async cut(): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.cut()));
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
