import Database from 'better-sqlite3';

/** What reads SQLite's binary JSON as text, by SQLite itself; undefined for bytes that are none. */
export function jsonbReader(): (blob: Uint8Array) => string | undefined {
  let statement: Database.Statement | undefined;
  return (blob) => {
    statement ??= new Database(':memory:')
      .prepare('SELECT iif(json_valid(@blob, 8), json(@blob), NULL)')
      .pluck();
    const text: unknown = statement.get({ blob });
    return typeof text === 'string' ? text : undefined;
  };
}
