import Database from 'better-sqlite3';

/** Opens a database that this run has made and nobody else knows of. */
export function openOwn(file: string): Database.Database {
  const db = new Database(file);
  // What an entry of the schema says must be loadable as it was.
  db.unsafeMode();
  db.defaultSafeIntegers(true);
  return db;
}
