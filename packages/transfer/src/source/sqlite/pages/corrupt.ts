/** The file is not what the format says; `code` as the driver gives it, so that it is reported the same. */
export class Corrupt extends Error {
  readonly code = 'SQLITE_CORRUPT';
}
