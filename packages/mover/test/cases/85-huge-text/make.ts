import Database from 'better-sqlite3';

/** A text of 300 MB where there is time for it, else of 3 MB. */
export function make(file: string): void {
  const many = process.env.VATEVO_TEST_LONG === '1' ? 100_000_000 : 1_000_000;
  const db = new Database(file);
  db.exec('CREATE TABLE blobs(id INTEGER PRIMARY KEY, body TEXT)');
  db.prepare('INSERT INTO blobs VALUES (1, ?)').run('xé'.repeat(many));
  db.exec(`INSERT INTO blobs VALUES (2, 'small')`);
  db.close();
}
