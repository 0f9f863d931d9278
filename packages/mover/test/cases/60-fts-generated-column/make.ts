import Database from 'better-sqlite3';

/** A document with so many different words that their tsvector is larger than 1 MB. */
export function make(file: string): void {
  const words = Array.from({ length: 150_000 }, (_, i) => `w${(i * 2_654_435_761).toString(16)}`);
  const db = new Database(file);
  db.exec('CREATE TABLE docs(id INTEGER PRIMARY KEY, body TEXT)');
  db.prepare('INSERT INTO docs VALUES (1, ?)').run(words.join(' '));
  db.exec(`INSERT INTO docs VALUES (2, 'short')`);
  db.close();
}
