import { cp, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Release } from '../support/release.ts';

const LONG = process.env.VATEVO_TEST_LONG === '1';
const repository = fileURLToPath(new URL('../../../..', import.meta.url));

const MODEL = `
model Remark {
  id       Int    @id @default(autoincrement())
  tenantId Int    @map("tenant_id")
  body     String

  @@map("remarks")
}
`;

it.skipIf(!LONG)(
  'no test of this package breaks when a model and a migration are added',
  {
    timeout: 3_600_000,
  },
  async () => {
    const release = await Release.copy();
    const root = path.join(release.folder, '../..');
    for (const entry of await readdir(repository, { withFileTypes: true })) {
      if (!entry.isFile() && entry.name !== 'scripts' && entry.name !== 'docs') continue;
      await cp(path.join(repository, entry.name), path.join(root, entry.name), { recursive: true });
    }
    for (const name of await readdir(path.join(repository, 'packages'))) {
      if (name !== 'db')
        await symlink(path.join(repository, 'packages', name), path.join(root, 'packages', name));
    }
    for (const entry of ['test', 'vitest.config.ts']) {
      await cp(path.join(repository, 'packages/db', entry), path.join(release.folder, entry), {
        recursive: true,
        // Two of them need the applications beside the package.
        filter: (file) => !/\/test\/(long|packed\.test\.ts|tenancy\/new-model\.test\.ts)$/.test(file),
      });
    }
    await release.edit('prisma/postgres/schema.prisma', (text) => text + MODEL);
    const made = await release.run(['migrate', '--name', 'add_remarks']);
    expect(made, made.stderr).toMatchObject({ code: 0 });
    await release.compile();
    const vitest = path.join(release.folder, 'node_modules/vitest/vitest.mjs');
    const tested = await release.node([vitest, 'run', '--reporter=default']);
    expect(tested, `${tested.stdout.slice(-20_000)}${tested.stderr}`).toMatchObject({ code: 0 });
  },
);
