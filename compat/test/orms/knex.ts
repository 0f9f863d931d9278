import knexModule from 'knex';
import { ROLES } from '../model.ts';
import type { Orm } from '../orm.ts';

const { knex } = knexModule;

type Row = Record<string, unknown>;

/** Knex gives what the driver gives: an application on both databases makes the same of it in `postProcessResponse`. */
const BOOLEANS = ['is_active', 'is_published'];
const TIMES = ['joined_at', 'published_at', 'created_at'];
const DAYS = ['birthday'];
const DECIMALS = ['balance'];

export const knexOrm: Orm = async (where) => {
  const db = knex({
    ...('sqlite' in where
      ? { client: 'better-sqlite3', connection: { filename: where.sqlite }, useNullAsDefault: true }
      : { client: 'pg', connection: where.postgres }),
    postProcessResponse: (result) =>
      Array.isArray(result) ? result.map((row) => (isRow(row) ? asApplication(row) : row)) : result,
  });
  return {
    async createTables() {
      await db.migrate.latest({ migrationSource });
    },
    async write({ authors, tags, posts }) {
      await db.batchInsert(
        'authors',
        authors.map((author) => ({
          id: author.id,
          email: author.email,
          role: author.role,
          is_active: author.isActive,
          logins: author.logins,
          balance: author.balance,
          birthday: author.birthday,
          joined_at: author.joinedAt,
          settings: JSON.stringify(author.settings),
          avatar: author.avatar && Buffer.from(author.avatar),
        })),
        20,
      );
      await db('tags').insert(tags.map((name) => ({ name })));
      for (const { authorId, isPublished, publishedAt, tags: own, ...post } of posts) {
        const [{ id }] = await db('posts')
          .insert({
            ...post,
            author_id: authorId,
            is_published: isPublished,
            published_at: publishedAt,
            // SQLite writes its default as a text, and Knex a Date as a number: the column holds both.
            ...(publishedAt && { created_at: publishedAt }),
          })
          .returning('id');
        const links = own.map((name) => ({ post_id: id, tag_id: tags.indexOf(name) + 1 }));
        if (links.length > 0) await db('post_tags').insert(links);
      }
    },
    async read() {
      const links: { post_id: number; name: string }[] = await db('post_tags')
        .join('tags', 'tags.id', 'post_tags.tag_id')
        .select('post_id', 'name')
        .orderBy(['post_id', 'tag_id']);
      const posts: { id: number }[] = await db('posts').orderBy('id');
      return {
        authors: await db('authors').orderBy('email'),
        posts: posts.map((post) => ({
          ...post,
          tags: links.filter(({ post_id }) => post_id === post.id).map(({ name }) => name),
        })),
      };
    },
    async addPost(authorId, title) {
      const [{ id }] = await db('posts')
        .insert({ author_id: authorId, title, is_published: true, rating: 1 })
        .returning('id');
      return id;
    },
    close: () => db.destroy(),
  };
};

const migrationSource: knexModule.Knex.MigrationSource<string> = {
  getMigrations: async () => ['20240501000000_blog'],
  getMigrationName: (name) => name,
  getMigration: async () => ({
    async up(db) {
      await db.schema
        .createTable('authors', (table) => {
          table.uuid('id').primary();
          table.string('email').notNullable().unique();
          table.enum('role', [...ROLES]).notNullable();
          table.boolean('is_active').notNullable().defaultTo(true);
          table.integer('logins').notNullable().defaultTo(0);
          table.decimal('balance', 10, 2).notNullable();
          table.date('birthday');
          table.timestamp('joined_at').notNullable();
          table.json('settings').notNullable();
          table.binary('avatar');
        })
        .createTable('tags', (table) => {
          table.increments('id');
          table.string('name').notNullable().unique();
        })
        .createTable('posts', (table) => {
          table.increments('id');
          table.uuid('author_id').notNullable().references('authors.id').onDelete('CASCADE').index();
          table.string('title').notNullable();
          table.text('body');
          table.boolean('is_published').notNullable();
          table.timestamp('published_at');
          table.double('rating').notNullable();
          table.timestamp('created_at').notNullable().defaultTo(db.fn.now());
        })
        .createTable('post_tags', (table) => {
          table.integer('post_id').notNullable().references('posts.id').onDelete('CASCADE');
          table.integer('tag_id').notNullable().references('tags.id');
          table.primary(['post_id', 'tag_id']);
        });
    },
    async down() {},
  }),
};

function isRow(row: unknown): row is Row {
  return typeof row === 'object' && row !== null;
}

function asApplication(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value === null ? null : inApplication(name, value)]),
  );
}

function inApplication(name: string, value: unknown): unknown {
  if (BOOLEANS.includes(name)) return Boolean(value);
  if (DECIMALS.includes(name)) return Number(value);
  if (name === 'settings') return typeof value === 'string' ? JSON.parse(value) : value;
  if (DAYS.includes(name)) return value instanceof Date ? dayOf(value) : value;
  if (TIMES.includes(name))
    return typeof value === 'string' ? new Date(`${value}Z`) : new Date(Number(value));
  return value;
}

/** The driver makes midnight in the process's own zone of a day. */
function dayOf(midnight: Date): string {
  const [year, month, day] = [midnight.getFullYear(), midnight.getMonth() + 1, midnight.getDate()];
  return `${year}-${`${month}`.padStart(2, '0')}-${`${day}`.padStart(2, '0')}`;
}
