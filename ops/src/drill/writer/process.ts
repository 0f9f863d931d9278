import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Order } from './main.ts';

/**
 * A writer as a process of its own. By Node's own fork: they talk in messages for as long as the writer lives, and it is cut as
 * by a power failure, with no result to wait for.
 */
export class Writer {
  readonly #child: ReturnType<typeof fork>;
  readonly #ended: Promise<never>;

  /** @param isShared whether others write to the same rows */
  constructor(journal: string, seed: number, isShared: boolean) {
    const program = fileURLToPath(new URL('./main.js', import.meta.url));
    this.#child = fork(program, [journal, String(seed), ...(isShared ? ['shared'] : [])]);
    this.#ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`the writer ended with code ${code}`);
    });
    this.#ended.catch(() => undefined);
  }

  /** Gives an order and waits until it has taken effect: no write of before is under way any more. */
  async tell(order: Order): Promise<Answer> {
    const answered = once(this.#child, 'message').then(([answer]) => answer as Answer);
    this.#child.send(order);
    return Promise.race([answered, this.#ended]);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Ends it as a power failure does. @returns when nothing of it is left */
  async cut(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.kill();
    await ended;
  }
}
