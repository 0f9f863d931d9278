const UPPER = /[A-Z]/;

/** A name as SQLite compares it: without regard to the case of A to Z, and of no other letter. */
export function foldName(name: string): string {
  return UPPER.test(name) ? name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()) : name;
}
