import { TransferError } from '@vatevo/transfer';

/** Changes that may be left when the fence is put up, in either direction: few enough to be applied in a moment. */
export const FENCE_LAG_THRESHOLD = 2_000n;

/** For how long the lag is watched at least, in milliseconds, before it must have become smaller. */
const WINDOW = 10_000;
/** Changes that are enough to tell a pace by; fewer may be those of a few large values. */
const ENOUGH = 200n;
/** Windows one after the other in which it did not. */
const MAX_WINDOWS = 3;
/** Windows within which it must have become smaller than it ever was: it may grow and shrink in turns for ever. */
const MAX_WITHOUT_LEAST = 12;

/** How far the writers are ahead, and what is written and done a second: numbers as they are shown. */
export interface Pace {
  readonly behind: string;
  readonly written: string;
  readonly done: string;
}

/** What whoever is followed too slowly is to do. */
export const WRITE_LESS =
  'let what writes so much (an import, a batch) end, or write less at a time, then run the same command again';

/**
 * Follows writers, who may be faster than we are: then there is no end to wait for, and that is said.
 *
 * One for each thing that is done in a command. Every time in which hardly anything was left begins it anew.
 */
export class Pursuit {
  readonly #say: (pace: Pace) => string;
  readonly #window: number;
  #began: Point | undefined;
  #windows = 0;
  /** When the lag was smallest, and windows since. */
  #least: Point | undefined;
  #sinceLeast = 0;
  /** Milliseconds since which nothing else is waited for; undefined as long as nobody has to wait for us. */
  #deadline: number | undefined;

  /**
   * @param say the sentence for a pace at which there is no end
   * @param window milliseconds, for tests
   */
  constructor(say: (pace: Pace) => string, window: number = WINDOW) {
    this.#say = say;
    this.#window = window;
  }

  /** Hardly anything is left. */
  caughtUp(): void {
    this.#began = undefined;
    this.#windows = 0;
    this.#least = undefined;
    this.#sinceLeast = 0;
  }

  /**
   * @param place up to which it is done
   * @param end of the log at that moment
   * @throws TransferError `source-busy` when the distance does not become smaller
   * @throws Outrun when more is left behind the fence than may be
   */
  look(place: bigint, end: bigint): void {
    this.refuseLate(end - place);
    const now = { at: performance.now(), place, end };
    this.#began ??= now;
    this.#least ??= now;
    const began = this.#began;
    if (now.at - began.at < this.#window) return;
    const applied = place - began.place;
    if (place < began.end && applied < ENOUGH) return;
    this.#windows = shrinks(began, now) ? 0 : this.#windows + 1;
    this.#began = now;
    if (this.#windows >= MAX_WINDOWS) throw this.#refusal(began, now);
    if (shrinks(this.#least, now)) {
      this.#least = now;
      this.#sinceLeast = 0;
    } else if (++this.#sinceLeast >= MAX_WITHOUT_LEAST) throw this.#refusal(this.#least, now);
  }

  /** Behind the fence: the moment after which more than nothing is too much. */
  set deadline(at: number | undefined) {
    this.#deadline = at;
  }

  /**
   * @param lines that are, or were, left
   * @throws Outrun
   */
  refuseLate(lines: bigint): void {
    if (this.#deadline !== undefined && performance.now() > this.#deadline) throw new Outrun(lines);
  }

  #refusal(began: Point, now: Point): TransferError {
    const seconds = (now.at - began.at) / 1000;
    const perSecond = (lines: bigint) => shown(BigInt(Math.round(Number(lines) / seconds)));
    return new TransferError(
      'source-busy',
      this.#say({
        behind: shown(now.end - now.place),
        written: perSecond(now.end - began.end),
        done: perSecond(now.place - began.place),
      }),
    );
  }
}

/** More changes are left than may be applied while nobody can write. */
export class Outrun extends Error {
  readonly lines: bigint;

  constructor(lines: bigint) {
    super('more changes are left than may be applied while nobody can write');
    this.lines = lines;
  }
}

interface Point {
  readonly at: number;
  readonly place: bigint;
  readonly end: bigint;
}

/** Whether the lag became smaller, by a tenth of what is applied, so that it comes to an end. */
function shrinks(before: Point, now: Point): boolean {
  const applied = now.place - before.place;
  return applied > 0n && (applied - (now.end - before.end)) * 10n >= applied;
}

export function shown(lines: bigint): string {
  return lines.toLocaleString('en');
}
