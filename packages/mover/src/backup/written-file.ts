import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';

/** A file of a backup, as its manifest lists it. */
export interface FileEntry {
  readonly name: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

/** Bytes that are read or written at a time. */
export const CHUNK = 1 << 18;

/** A new file that only this user may read, hashed as it is written. */
export class WrittenFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #parts: Uint8Array[] = [];
  #pending = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** Lends a file to `work`; afterwards it is on the disk. */
  static async write(path: string, work: (file: WrittenFile) => Promise<void>): Promise<FileEntry> {
    const file = new WrittenFile(path, await open(path, 'wx', 0o600));
    try {
      await work(file);
      return await file.#finish();
    } finally {
      await file.#handle.close();
    }
  }

  /** Small parts are gathered: what is resolved may still wait for the next ones. */
  async add(part: string | Uint8Array): Promise<void> {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    this.#parts.push(bytes);
    this.#pending += bytes.length;
    if (this.#pending >= CHUNK) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#pending = 0;
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    // writeFile goes on from where the handle is, and until all is written.
    await this.#handle.writeFile(bytes);
  }

  async #finish(): Promise<FileEntry> {
    await this.#flush();
    await this.#handle.sync();
    return { name: basename(this.#path), bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}

/** Reads a file to its end for its size and checksum. */
export async function measureFile(path: string, signal: AbortSignal): Promise<FileEntry> {
  const handle = await open(path, 'r');
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of handle.createReadStream({ highWaterMark: CHUNK, autoClose: false, signal })) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  } finally {
    await handle.close();
  }
  return { name: basename(path), bytes, sha256: hash.digest('hex') };
}
