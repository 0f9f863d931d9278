const FIRST_SECONDS = 5;
const FACTOR = 4;
const LONGEST_SECONDS = 12 * 3600;
const SPREAD = 0.2;

/** Deliveries of an event before it is given up: with the pauses below, after two days. */
export const MAX_ATTEMPTS = 11;

/**
 * When an event is due again after its nth attempt failed: 5 s, 20 s, 80 s … at most 12 h, spread by a fifth
 * so that what failed together does not come back together. Undefined when it is given up.
 */
export function nextAttempt(attempt: number, now: Date, random = Math.random()): Date | undefined {
  if (attempt >= MAX_ATTEMPTS) return undefined;
  const seconds = Math.min(FIRST_SECONDS * FACTOR ** (attempt - 1), LONGEST_SECONDS);
  return new Date(now.getTime() + seconds * (1 + SPREAD * (2 * random - 1)) * 1000);
}
