export interface DeployOptions {
  /**
   * Milliseconds that a statement may wait for a lock, 2000 when omitted. While
   * it waits, everything that wants the table after it waits too, so it gives
   * up and tries again later.
   */
  readonly lockTimeoutMs?: number;
  /** Milliseconds after which to give up on locks altogether, 120000 when omitted. */
  readonly giveUpAfterMs?: number;
  /** The last migration to apply; all of them when omitted. */
  readonly upTo?: string;
  /** Told in a sentence what is going on. */
  readonly onStep?: (text: string) => void;
}
