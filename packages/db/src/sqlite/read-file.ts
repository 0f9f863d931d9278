import Database from 'better-sqlite3';

/** As long as better-sqlite3 waits by itself. */
export const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens a file to read, and closes it. What a killed writer has left beside the file has to be worked into it before anybody can
 * read it, which SQLite does for whoever may write.
 *
 * @param timeoutMs for which another process's lock is waited for, with this process held up
 */
export function readFile<Answer>(
  file: string,
  timeoutMs: number,
  read: (database: Database.Database) => Answer,
): Answer {
  try {
    return openAndRead(file, { readonly: true, timeout: timeoutMs }, read);
  } catch (error) {
    if (!(error instanceof Database.SqliteError && error.code.startsWith('SQLITE_READONLY'))) throw error;
    return openAndRead(file, { timeout: timeoutMs }, read);
  }
}

function openAndRead<Answer>(
  file: string,
  options: Database.Options,
  read: (database: Database.Database) => Answer,
): Answer {
  const database = new Database(file, { ...options, fileMustExist: true });
  try {
    return read(database);
  } finally {
    database.close();
  }
}
