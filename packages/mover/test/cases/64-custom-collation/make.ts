import Database from 'better-sqlite3';

/** A collation that the application registers: here its indexes are made by NOCASE, which orders alike. */
export function make(file: string): void {
  const db = new Database(file);
  db.unsafeMode();
  db.exec(`
    CREATE TABLE channel(id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, UNIQUE(name));
    INSERT INTO channel VALUES (1, 'Arte'), (2, 'ZDF');
    CREATE TABLE plain(id INTEGER PRIMARY KEY, v TEXT);
    INSERT INTO plain VALUES (1, 'x');
    PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET sql = replace(sql, 'NOCASE', 'LOCALIZED') WHERE name = 'channel'`);
  db.close();
}
