import Database from 'better-sqlite3';

/** A CHECK that calls a function of the application. */
export function make(file: string): void {
  const db = new Database(file);
  db.function('REGEXP', { deterministic: true }, (pattern, value) =>
    Number(new RegExp(pattern as string).test(value as string)),
  );
  db.exec(`
    CREATE TABLE app(id INTEGER PRIMARY KEY, slug varchar(20) NOT NULL, CHECK (slug REGEXP '^[a-z]+$'));
    INSERT INTO app VALUES (1, 'abc')`);
  db.close();
}
