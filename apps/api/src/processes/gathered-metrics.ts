import { AggregatorRegistry, type MetricObject } from 'prom-client';

/** Milliseconds for which a scrape waits for a process; what it told last counts then. */
const WAIT_MS = 2_000;

/** What only ever grows, so that what ended processes have counted must stay in the sum. */
const GROWING = new Set(['counter', 'histogram', 'summary']);

/** The metrics of all processes as one. */
export class GatheredMetrics {
  /** What each process told last. */
  readonly #last = new Map<number, readonly MetricObject[]>();
  /** What those counted that have ended. */
  #ended: MetricObject[] = [];
  /** Adds up what has ended, one after the other. */
  #adding: Promise<void> = Promise.resolve();
  readonly #gathering = new Map<number, { readonly missing: Set<number>; readonly done: () => void }>();
  #id = 0;

  /** Asks the processes, and adds up what they tell. */
  async gather(processes: readonly number[], ask: (id: number) => void): Promise<string> {
    const id = this.#id++;
    await new Promise<void>((done) => {
      const late = setTimeout(done, WAIT_MS);
      const finish = () => {
        clearTimeout(late);
        done();
      };
      this.#gathering.set(id, { missing: new Set(processes), done: finish });
      if (processes.length === 0) finish();
      else ask(id);
    });
    this.#gathering.delete(id);
    await this.#adding;
    return sum([this.#ended, ...this.#last.values()]).metrics();
  }

  heard(
    process: number,
    { id, metrics }: { readonly id: number | 'last'; readonly metrics: readonly MetricObject[] },
  ) {
    this.#last.set(process, metrics);
    if (id === 'last') return;
    const gathering = this.#gathering.get(id);
    gathering?.missing.delete(process);
    if (gathering?.missing.size === 0) gathering.done();
  }

  /** A sum that becomes smaller would look as if all processes had started over. */
  left(process: number): void {
    const last = this.#last.get(process);
    this.#last.delete(process);
    for (const { missing, done } of this.#gathering.values()) {
      missing.delete(process);
      if (missing.size === 0) done();
    }
    if (last === undefined) return;
    const counted = last.filter(({ type }) => GROWING.has(String(type)));
    this.#adding = this.#adding.then(async () => {
      this.#ended = (await sum([this.#ended, counted]).getMetricsAsJSON()) as unknown as MetricObject[];
    });
  }
}

function sum(metrics: readonly (readonly MetricObject[])[]) {
  const told = metrics.filter((each) => each.length > 0);
  return AggregatorRegistry.aggregate(told as never);
}
