import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type DatabaseKind, PRISMA_FOLDER, prismaFiles } from '../../src/migrations/folder.ts';

/** A copy of the folder `prisma`, for a test to spoil. */
export class PrismaFolder {
  readonly root: string;

  /** It is gone when the test has ended. */
  static async copy(): Promise<PrismaFolder> {
    const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-prisma-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await cp(PRISMA_FOLDER, folder, { recursive: true });
    return new PrismaFolder(folder);
  }

  private constructor(root: string) {
    this.root = root;
  }

  /** The path of a migration's script. */
  script(kind: DatabaseKind, migration: string): string {
    return path.join(prismaFiles(kind, this.root).migrations, migration, 'migration.sql');
  }

  /** Changes a file; it is an error when that changes nothing. */
  async edit(file: string, change: (text: string) => string): Promise<void> {
    const text = await readFile(file, 'utf8');
    const changed = change(text);
    if (changed === text) throw new Error(`${file} holds nothing to change`);
    await writeFile(file, changed);
  }

  /** Adds a line to a model of the PostgreSQL schema. */
  async addField(model: string, line: string): Promise<void> {
    await this.edit(prismaFiles('postgres', this.root).schema, (text) =>
      text.replace(`model ${model} {\n`, `model ${model} {\n  ${line}\n`),
    );
  }
}
