/** A name as SQLite compares it: without regard to the case of A to Z, and of no other letter. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
