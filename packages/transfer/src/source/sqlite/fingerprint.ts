import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import type { SourceFingerprint } from '../../plan/rows.ts';
import { readHead } from './read-head.ts';

/**
 * Identifies the state of a file without reading all of it: enough to refuse to mix two states of a source
 * in one target. The proof that nothing was mixed is the verification.
 */
export function fingerprintSource(given: string): SourceFingerprint {
  // The log lies beside the file itself, not beside a link to it.
  const file = realpathSync(given);
  const stat = statSync(file, { bigint: true });
  const wal = statSync(`${file}-wal`, { bigint: true, throwIfNoEntry: false });
  return {
    size: Number(stat.size),
    modified: stat.mtimeNs.toString(),
    header: headDigest(file, 100),
    ...(wal &&
      wal.size > 0n && {
        wal: {
          size: Number(wal.size),
          modified: wal.mtimeNs.toString(),
          header: headDigest(`${file}-wal`, 32),
        },
      }),
  };
}

export function sameFingerprint(a: SourceFingerprint, b: SourceFingerprint): boolean {
  return key(a) === key(b);
}

function key(print: SourceFingerprint): string {
  const { wal } = print;
  return [print.size, print.modified, print.header, wal?.size, wal?.modified, wal?.header].join('|');
}

/**
 * The state that a reader would see now, for telling whether a commit fell between two readers: the file's
 * fingerprint, and the wal-index header (mxFrame and checksums, first 136 bytes of `-shm`) that every
 * commit in WAL mode rewrites.
 */
export function snapshotMark(file: string): string {
  const shm = statSync(`${file}-shm`, { throwIfNoEntry: false });
  return `${key(fingerprintSource(file))}|${shm ? headDigest(`${file}-shm`, 136) : ''}`;
}

function headDigest(file: string, bytes: number): string {
  return createHash('sha256').update(readHead(file, bytes)).digest('hex');
}
