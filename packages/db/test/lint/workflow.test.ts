import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDatabase } from '../../src/check/check.ts';
import { lintWritten } from '../../src/migrate/lint-written.ts';
import { makeMigration } from '../../src/migrate/make-migration.ts';
import { recordMigrations } from '../../src/migrate/record.ts';
import { PRISMA_FOLDER, prismaFiles } from '../../src/migrations/folder.ts';
import { scratchServer } from '../support/scratch.ts';

const server = scratchServer();

// The ways of docs/migrations.md, gone from the schema to a clean db:check.

let folder: string;
let root: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vatevo-lint-'));
  root = path.join(folder, 'prisma');
  await cp(PRISMA_FOLDER, root, { recursive: true });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function editSchema(from: string, to: string): Promise<void> {
  const { schema } = prismaFiles('postgres', root);
  const text = await readFile(schema, 'utf8');
  expect(text).toContain(from);
  await writeFile(schema, text.replace(from, to));
}

/** Makes a migration and returns the PostgreSQL script, with the rules that it breaks. */
async function make(name: string): Promise<{ file: string; broken: string[]; count: number }> {
  const { written } = await makeMigration({ name, empty: false }, root, server);
  const faults = await lintWritten(written, root);
  const file = written.find((each) => each.startsWith('prisma/postgres/'));
  return {
    file: file === undefined ? '' : path.join(folder, file),
    broken: faults.map(({ problem }) => problem.split(':')[0] ?? ''),
    count: written.length,
  };
}

async function editMigration(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
  await recordMigrations(root, server);
}

describe('changing the schema of a live database', { timeout: 300_000 }, () => {
  it('builds an index beside the writers', async () => {
    await editSchema(
      '  @@index([tenantId, status, id])',
      '  @@index([tenantId, status, id])\n  @@index([externalId])',
    );
    const { file, broken } = await make('index_external_id');
    expect(broken).toEqual(['create-index']);
    expect((await checkDatabase(root, server)).map(({ problem }) => problem.split(':')[0])).toEqual([
      'create-index',
    ]);
    await editMigration(file, 'CREATE INDEX', 'CREATE INDEX CONCURRENTLY');
    expect(await checkDatabase(root, server)).toEqual([]);
  });

  it.runIf(process.env.VATEVO_TEST_LONG === '1')('takes a column away in two releases', async () => {
    await editSchema('@map("pdf_url")', '@map("pdf_url") @ignore');
    // The database keeps the column: nothing is to be migrated.
    expect((await make('ignore_pdf_url')).count).toBe(0);

    await editSchema('  pdfUrl          String?       @map("pdf_url") @ignore\n', '');
    const { file, broken } = await make('drop_pdf_url');
    expect(broken).toEqual(['drop-column']);
    const allowance = '-- lint: allow drop-column because release 1.4 ignores it and no older one runs\n';
    await editMigration(file, 'ALTER TABLE', `${allowance}ALTER TABLE`);
    expect(await checkDatabase(root, server)).toEqual([]);
  });
});
