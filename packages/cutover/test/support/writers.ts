import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./steady-writer.mjs', import.meta.url));

/** A write: when it began, in milliseconds since the epoch, and how many it took. */
type Write = readonly [at: number, ms: number];

interface Told {
  readonly writes: readonly Write[];
  readonly failures: readonly string[];
}

/** How the writes of a time went. */
export interface Pace {
  readonly perSecond: number;
  readonly p99: number;
  readonly longest: number;
}

/** Several processes of a service that write to one file. */
export class Writers {
  readonly #children: readonly ChildProcess[];

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children;
  }

  /** @param perSecond writes of all processes together */
  static async start(file: string, processes: number, perSecond: number): Promise<Writers> {
    const interval = (1000 * processes) / perSecond;
    const children = Array.from({ length: processes }, () => fork(PROGRAM, [file, `${interval}`]));
    await Promise.all(children.map((child) => once(child, 'message')));
    return new Writers(children);
  }

  /** Lets them end, and says what each of them wrote. */
  async stop(): Promise<Told> {
    const told = await Promise.all(
      this.#children.map(async (child) => {
        const answer = once(child, 'message') as Promise<[Told]>;
        child.send('stop');
        return (await answer)[0];
      }),
    );
    return {
      writes: told.flatMap(({ writes }) => writes),
      failures: told.flatMap(({ failures }) => failures),
    };
  }

  kill(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

/** How the writes went that began within some times. */
export function paceOf(
  writes: readonly Write[],
  ...times: readonly (readonly [from: number, to: number])[]
): Pace {
  const took = writes
    .filter(([at]) => times.some(([from, to]) => at >= from && at < to))
    .map(([, ms]) => ms)
    .sort((a, b) => a - b);
  return {
    perSecond: (took.length * 1000) / times.reduce((sum, [from, to]) => sum + to - from, 0),
    p99: took[Math.floor(took.length * 0.99)] ?? 0,
    longest: took.at(-1) ?? 0,
  };
}
