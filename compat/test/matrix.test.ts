import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blog } from './model.ts';
import { LONG, move, type Proposal } from './move.ts';
import type { Application, Orm, Where } from './orm.ts';
import { drizzleOrm } from './orms/drizzle/index.ts';
import { knexOrm } from './orms/knex.ts';
import { mikroOrm } from './orms/mikro-orm.ts';
import { prismaOrm } from './orms/prisma/index.ts';
import { isFromDebian, pythonOrm } from './orms/python/python-orm.ts';
import { sequelizeOrm } from './orms/sequelize/index.ts';
import { typeOrm } from './orms/typeorm.ts';
import { expectInReadme, versionOf } from './readme.ts';

const SIZE = LONG ? 1000 : 4;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vatevo-compat-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each<{ orm: Orm; name: string; of: string; by?: string }>([
  { orm: drizzleOrm, name: 'Drizzle', of: 'drizzle-orm' },
  { orm: knexOrm, name: 'Knex', of: 'knex' },
  { orm: mikroOrm, name: 'MikroORM', of: '@mikro-orm/core' },
  { orm: prismaOrm, name: 'Prisma', of: '@prisma/client', by: '../packages/mover' },
  { orm: sequelizeOrm, name: 'Sequelize', of: 'sequelize' },
  { orm: typeOrm, name: 'TypeORM', of: 'typeorm' },
])('$name reads from PostgreSQL what it read from SQLite', async ({ orm, name, of, by }) => {
  expectInReadme(name, versionOf(of, by), await tryMove(orm, name));
});

it.for([
  { script: 'django_blog.py', name: 'Django', of: 'django' },
  { script: 'sqlalchemy_blog.py', name: 'SQLAlchemy', of: 'sqlalchemy' },
])('$name of Debian (python3-$of, python3-psycopg2) does, too', async ({ script, name, of }, { skip }) => {
  skip(!isFromDebian(of, 'psycopg2'), 'not installed');
  expectInReadme(name, "Debian's", await tryMove(pythonOrm(script), name));
});

/** @returns what was proposed for the file that the ORM wrote */
async function tryMove(orm: Orm, name: string): Promise<Proposal> {
  const source = join(folder, `${name}.db`);
  const before = await use(orm, { sqlite: source }, async (application) => {
    await application.createTables();
    await application.write(blog(SIZE));
    return application.read();
  });
  const database = await testDatabase();
  try {
    await use(orm, { postgres: database.url }, (application) => application.createTables());
    const proposal = await move(source, database.url);
    await use(orm, { postgres: database.url }, async (application) => {
      expect(await application.read()).toEqual(before);
      const [author] = blog(1).authors;
      // Behind those that came along.
      expect(await application.addPost(author?.id ?? '', 'After the move')).toBe(2 * SIZE + 1);
    });
    return proposal;
  } finally {
    await database.drop();
  }
}

async function use<Result>(
  orm: Orm,
  where: Where,
  work: (application: Application) => Promise<Result>,
): Promise<Result> {
  const application = await orm(where, folder);
  try {
    return await work(application);
  } finally {
    await application.close();
  }
}
