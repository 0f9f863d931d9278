import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a SQLite file consists of on the disk; the wal-index (`-shm`) is memory of its processes only. */
const PARTS = ['', '-wal', '-journal'] as const;

/** A service that writes to a file as a process of its own, which a loss of power ends. */
export async function startService(file: string, name: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./service.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, file, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

/**
 * Copies what the disk would hold if everything was flushed at this moment; the service stands still meanwhile.
 * By another process: closing the file in this one would give up the locks that SQLite has on it (POSIX).
 */
export function flushed(file: string, service?: ChildProcess): string {
  const image = join(`${file}.images`, `${performance.now()}`);
  mkdirSync(image, { recursive: true });
  service?.kill('SIGSTOP');
  for (const part of PARTS) {
    if (existsSync(file + part)) spawnSync('cp', [file + part, image]);
  }
  service?.kill('SIGCONT');
  return image;
}

/** Ends the service, and takes the file back to an image in place, as a loss of power does. */
export async function losePower(file: string, image: string, service?: ChildProcess): Promise<void> {
  if (service && service.exitCode === null) {
    const ended = once(service, 'exit');
    service.kill('SIGKILL');
    await ended;
  }
  rmSync(`${file}-shm`, { force: true });
  for (const part of PARTS) {
    const kept = join(image, basename(file) + part);
    if (existsSync(kept)) writeFileSync(file + part, readFileSync(kept));
    else rmSync(file + part, { force: true });
  }
}
