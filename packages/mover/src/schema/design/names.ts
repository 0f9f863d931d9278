import { createHash } from 'node:crypto';

/** Bytes of a name that PostgreSQL keeps (NAMEDATALEN, less one). */
const MAX_BYTES = 63;
const HASH_DIGITS = 8;

/** Names of columns that every table of PostgreSQL has already. */
const SYSTEM_COLUMNS = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'];

/** Gives names that PostgreSQL takes, each once. A name that it takes as it is stays as it is. */
export class Names {
  readonly #taken: Set<string>;

  constructor(taken: readonly string[] = []) {
    this.#taken = new Set(taken);
  }

  static ofColumns(): Names {
    return new Names(SYSTEM_COLUMNS);
  }

  /** Takes a name that must not be another one. */
  reserve(name: string): void {
    this.#taken.add(name);
  }

  isTaken(name: string): boolean {
    return this.#taken.has(name);
  }

  give(wanted: string): string {
    const fitting = shortened(wanted === '' ? 'unnamed' : wanted, wanted);
    let name = fitting;
    for (let i = 2; this.#taken.has(name); i++) name = shortened(`${fitting}_${i}`, `${wanted} ${i}`);
    this.#taken.add(name);
    return name;
  }
}

/** At most 63 bytes; what tells it from others of the same beginning is a hash of the whole. */
function shortened(name: string, whole: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, HASH_DIGITS);
  let cut = '';
  for (const character of name) {
    if (Buffer.byteLength(cut + character) > MAX_BYTES - HASH_DIGITS - 1) break;
    cut += character;
  }
  return `${cut}_${hash}`;
}
