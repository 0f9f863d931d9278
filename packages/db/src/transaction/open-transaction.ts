import { TransactionEndedError } from '../errors.ts';
import type { Attempt } from './attempt.ts';

/**
 * A transaction from its beginning until what it ran on is free for others; the same rules on both databases.
 *
 * - Once it has been decided how it ends nothing more is sent for it, whoever still holds it.
 * - COMMIT is sent when nothing else is under way, so that it ends what the caller has seen, and nothing more.
 * - When its time is over, it is ended whatever is under way.
 */
export abstract class OpenTransaction {
  protected readonly attempt: Attempt;
  /** The first statement that failed, unless the transaction went back to a savepoint since. */
  protected failure: unknown;
  readonly #underWay = new Set<Promise<unknown>>();
  /** What a statement gets that comes after the end. Made when it does: an error costs as much as a statement. */
  #ended: (() => Error) | undefined;
  /** Nothing that is still waiting may be sent. */
  #isOver = false;
  #isBack = false;

  constructor(attempt: Attempt) {
    this.attempt = attempt;
    attempt.startClock((error) => this.end(error));
  }

  /**
   * Sends a statement. It may be sent before the one in front of it was answered; when that one fails, this one does.
   *
   * @throws TransactionEndedError, TransactionTimeoutError, TransactionFailedError, and what the database says to it
   */
  send<T>(run: () => Promise<T>): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended());
    const sent = run().then(
      (answer) => {
        if (this.#ended === undefined) this.afterAnswer();
        return answer;
      },
      (error: unknown) => {
        throw this.#isBack && this.#ended ? this.#ended() : this.afterFailure(error);
      },
    );
    this.#underWay.add(sent);
    const done = () => this.#underWay.delete(sent);
    sent.then(done, done);
    return sent;
  }

  /** @throws TransactionFailedError, CommitOutcomeUnknownError, TransactionTimeoutError, and what the database says to it */
  async commit(): Promise<void> {
    if (this.#ended) throw this.#ended();
    this.#ended = () => new TransactionEndedError('is committed');
    await Promise.allSettled(this.#underWay);
    // The time may be over by now, which has put another error in its place.
    if (this.#isBack) throw this.#ended();
    this.attempt.stopClock();
    try {
      await this.sendCommit();
    } finally {
      this.#giveBack();
    }
  }

  /** Never rejects: what cannot be rolled back by a statement is by the end of its connection. */
  async rollback(): Promise<void> {
    this.#ended ??= () => new TransactionEndedError('was rolled back');
    this.#isOver = true;
    if (this.#isBack) return;
    this.attempt.stopClock();
    await this.sendRollback();
    this.#giveBack();
  }

  /** Ends it although nobody asked for that, with what is said to everybody. */
  end(error: Error): void {
    this.#ended = () => error;
    this.attempt.break(error);
    this.#giveBack();
  }

  /** For a statement that has waited: the transaction may have been ended meanwhile. */
  protected needOpen(): void {
    if (this.#isOver && this.#ended) throw this.#ended();
  }

  /** A statement succeeded. */
  protected abstract afterAnswer(): void;

  /** What is told of a statement that failed. */
  protected abstract afterFailure(error: unknown): unknown;

  /** Commits; a rejection means that the transaction is over as well. */
  protected abstract sendCommit(): Promise<void>;

  /** Rolls back, if that can be done soon; never rejects. */
  protected abstract sendRollback(): Promise<void>;

  /** Frees what it ran on, rolling back whatever is still open. Called once. */
  protected abstract free(): void;

  #giveBack(): void {
    if (this.#isBack) return;
    this.#isBack = true;
    this.#isOver = true;
    this.attempt.stopClock();
    this.free();
  }
}
