/** A database's file, and what SQLite keeps beside it: a journal, or a write-ahead log and its index. */
export function sqliteFiles(file: string): string[] {
  return ['', '-journal', '-wal', '-shm'].map((suffix) => file + suffix);
}
