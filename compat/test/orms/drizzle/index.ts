import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  generateDrizzleJson,
  generateMigration,
  generateSQLiteDrizzleJson,
  generateSQLiteMigration,
} from 'drizzle-kit/api';
import { type BetterSQLite3Database, drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3';
import { migrate as migrateSqlite } from 'drizzle-orm/better-sqlite3/migrator';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import type { Application, Orm } from '../../orm.ts';
import * as postgresSchema from './postgres-schema.ts';
import * as sqliteSchema from './sqlite-schema.ts';

export const drizzleOrm: Orm = async (where, folder) => {
  if ('sqlite' in where) {
    const client = new Database(where.sqlite);
    const db = drizzleSqlite(client, { schema: sqliteSchema });
    const createTables = async () => {
      const [none, all] = [
        await generateSQLiteDrizzleJson({}),
        await generateSQLiteDrizzleJson(sqliteSchema),
      ];
      const migrationsFolder = writeMigration(folder, 'sqlite', await generateSQLiteMigration(none, all));
      migrateSqlite(db, { migrationsFolder });
    };
    return { ...application(db, sqliteSchema), createTables, close: async () => void client.close() };
  }
  const pool = new pg.Pool({ connectionString: where.postgres });
  const db = drizzlePostgres(pool, { schema: postgresSchema });
  const createTables = async () => {
    const statements = await generateMigration(generateDrizzleJson({}), generateDrizzleJson(postgresSchema));
    await migratePostgres(db, { migrationsFolder: writeMigration(folder, 'postgresql', statements) });
  };
  // The queries of both databases are written alike; their types are not one.
  const alike = db as unknown as BetterSQLite3Database<typeof sqliteSchema>;
  const schema = postgresSchema as unknown as typeof sqliteSchema;
  return { ...application(alike, schema), createTables, close: () => pool.end() };
};

/** As `drizzle-kit generate` leaves it. @returns its folder */
function writeMigration(
  folder: string,
  dialect: 'sqlite' | 'postgresql',
  statements: readonly string[],
): string {
  const migrations = join(folder, `drizzle-${dialect}`);
  mkdirSync(join(migrations, 'meta'), { recursive: true });
  writeFileSync(join(migrations, '0000_blog.sql'), statements.join('\n--> statement-breakpoint\n'));
  const entries = [{ idx: 0, version: '7', when: 1_714_558_830_000, tag: '0000_blog', breakpoints: true }];
  writeFileSync(
    join(migrations, 'meta', '_journal.json'),
    JSON.stringify({ version: '7', dialect, entries }),
  );
  return migrations;
}

function application(
  db: BetterSQLite3Database<typeof sqliteSchema>,
  { authors, posts, postTags, tags }: typeof sqliteSchema,
): Omit<Application, 'createTables' | 'close'> {
  return {
    async write(blog) {
      for (const author of blog.authors) {
        await db.insert(authors).values({ ...author, avatar: author.avatar && Buffer.from(author.avatar) });
      }
      await db.insert(tags).values(blog.tags.map((name) => ({ name })));
      for (const post of blog.posts) {
        const [made] = await db.insert(posts).values(post).returning({ id: posts.id });
        const links = post.tags.map((name) => ({
          postId: made?.id ?? 0,
          tagId: blog.tags.indexOf(name) + 1,
        }));
        if (links.length > 0) await db.insert(postTags).values(links);
      }
    },
    async read() {
      return {
        authors: await db.query.authors.findMany({ orderBy: authors.email }),
        posts: await db.query.posts.findMany({
          with: {
            author: { columns: { avatar: false } },
            postTags: { with: { tag: true }, orderBy: postTags.tagId },
          },
          orderBy: posts.id,
        }),
      };
    },
    async addPost(authorId, title) {
      const [made] = await db
        .insert(posts)
        .values({ authorId, title, isPublished: true, rating: 1 })
        .returning({ id: posts.id });
      return made?.id ?? 0;
    },
  };
}
