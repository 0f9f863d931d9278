import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import dockerignore from '@balena/dockerignore';
import { parse, parseAllDocuments } from 'yaml';

export const root = resolve(import.meta.dirname, '../../..');
export const text = (name: string): string => readFileSync(join(root, name), 'utf8');

// biome-ignore lint/suspicious/noExplicitAny: documents of other programs, whose schemas these tests do not hold
export const yaml = (name: string): any => parse(text(name), { merge: true });

/** Every document of a file, of which each is an object of Kubernetes. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function documents(name: string): any[] {
  return parseAllDocuments(text(name)).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

/** What `docker build .` sends: all files that .dockerignore lets pass, whether git holds them or not. */
export function contextFiles(): string[] {
  const ignored = dockerignore.default().add(text('.dockerignore'));
  const inside = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const name = join(folder, entry.name);
      if (ignored.ignores(name)) return [];
      return entry.isDirectory() ? inside(name) : [name];
    });
  return inside('');
}

/** What a clean clone has, and what is about to be committed. */
export function filesOfGit(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }).split('\0');
}
