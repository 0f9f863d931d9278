import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import pg from 'pg';
import { ddlOf } from '../../../../packages/mover/src/prisma/expected-tables.ts';
import {
  type OpenClient,
  postgresClient,
  sqliteClient,
} from '../../../../packages/mover/test/prisma/support/client.ts';
import type { Orm } from '../../orm.ts';

const text = readFileSync(new URL('./schema.prisma', import.meta.url), 'utf8');

/** Types of PostgreSQL that its users give to such fields. */
const NATIVE: Readonly<Record<string, string>> = {
  'String    @id': 'String    @id @db.Uuid',
  'authorId    String   ': 'authorId    String    @db.Uuid',
  'Decimal\n': 'Decimal @db.Decimal(10, 2)\n',
  'birthday DateTime?': 'birthday DateTime? @db.Date',
  'joinedAt DateTime ': 'joinedAt DateTime @db.Timestamptz(3)',
};

function schemaFor(provider: 'sqlite' | 'postgresql'): [path: string, text: string][] {
  if (provider === 'sqlite') return [['schema.prisma', text]];
  const moved = Object.entries(NATIVE).reduce(
    (schema, [plain, native]) => schema.replaceAll(plain, native),
    text,
  );
  return [['schema.prisma', moved.replace('"sqlite"', '"postgresql"')]];
}

const PAGE = 500;

export const prismaOrm: Orm = async (where) => {
  const files = schemaFor('sqlite' in where ? 'sqlite' : 'postgresql');
  const client: OpenClient =
    'sqlite' in where ? sqliteClient(files, where.sqlite) : postgresClient(files, where.postgres);
  const { author: authors, post: posts, tag: tags } = client;
  if (authors === undefined || posts === undefined || tags === undefined) throw new Error('no models');
  return {
    // What `prisma migrate diff --from-empty --script` writes.
    async createTables() {
      const ddl = await ddlOf(files);
      if ('sqlite' in where) {
        const db = new Database(where.sqlite);
        db.exec(ddl);
        db.close();
        return;
      }
      const database = new pg.Client({ connectionString: where.postgres });
      await database.connect();
      await database.query(ddl);
      await database.end();
    },
    async write(blog) {
      await authors.createMany({
        data: blog.authors.map((author) => ({
          ...author,
          birthday: author.birthday && new Date(author.birthday),
        })),
      });
      await tags.createMany({ data: blog.tags.map((name) => ({ name })) });
      for (const { tags: own, ...post } of blog.posts) {
        await posts.create({ data: { ...post, tags: { connect: own.map((name) => ({ name })) } } });
      }
    },
    async read() {
      const found: unknown[] = [];
      // It asks for the tags of a page by the ids of its posts, each of them a parameter, of which its adapter for SQLite takes 999.
      for (let page = [{}]; page.length > 0; found.push(...page)) {
        page = await posts.findMany({
          include: { author: true, tags: { orderBy: { id: 'asc' } } },
          orderBy: { id: 'asc' },
          skip: found.length,
          take: PAGE,
        });
      }
      return { authors: await authors.findMany({ orderBy: { email: 'asc' } }), posts: found };
    },
    async addPost(authorId, title) {
      return Number((await posts.create({ data: { authorId, title, isPublished: true, rating: 1 } })).id);
    },
    close: () => client.$disconnect(),
  };
};
