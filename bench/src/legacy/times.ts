import type { Random } from './random.ts';

const SECONDS_A_DAY = 86_400;
/** 2023-01-01T00:00:00Z. */
const FIRST_DAY = 1_672_531_200;
const DAYS = 730;

/** A second within the two years that the rows come from, later for a higher `share` (0 to 1) of them. */
export function momentAt(share: number, random: Random): number {
  return FIRST_DAY + Math.floor(share * DAYS) * SECONDS_A_DAY + random.below(SECONDS_A_DAY);
}

/** As SQLite's CURRENT_TIMESTAMP writes it: `2024-02-29 12:34:56`. */
export function byDefault(second: number): string {
  return printed(second);
}

/** As the legacy service wrote it: always six digits behind the point. */
export function byService(second: number, microsecond = 0): string {
  return `${printed(second)}.${String(microsecond).padStart(6, '0')}`;
}

/** Midnight of the day, as the service stored dates. */
export function midnight(second: number): string {
  return byService(second - (second % SECONDS_A_DAY));
}

function printed(second: number): string {
  return new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ');
}
