import { MikroORM as OnSqlite } from '@mikro-orm/better-sqlite';
import { type Collection, EntitySchema, type MikroORM, OptionalProps, wrap } from '@mikro-orm/core';
import { MikroORM as OnPostgres } from '@mikro-orm/postgresql';
import { type Author, type Post, ROLES } from '../model.ts';
import type { Orm } from '../orm.ts';

interface AuthorRow extends Author {}

interface TagRow {
  readonly id: number;
  readonly name: string;
}

interface PostRow extends Omit<Post, 'authorId' | 'tags'> {
  readonly [OptionalProps]?: 'createdAt';
  readonly id: number;
  readonly author: AuthorRow;
  readonly tags: Collection<TagRow>;
  readonly createdAt: Date;
}

/** Without a length PostgreSQL's columns would keep whole seconds, and SQLite's keep milliseconds. */
const instant = { type: 'datetime', length: 3 } as const;

const authors = new EntitySchema<AuthorRow>({
  name: 'Author',
  properties: {
    id: { type: 'uuid', primary: true },
    email: { type: 'string', unique: true },
    role: { enum: true, items: [...ROLES] },
    isActive: { type: 'boolean' },
    logins: { type: 'integer' },
    balance: { type: 'decimal', precision: 10, scale: 2 },
    birthday: { type: 'date', nullable: true },
    joinedAt: instant,
    settings: { type: 'json' },
    avatar: { type: 'blob', nullable: true },
  },
});

const tags = new EntitySchema<TagRow>({
  name: 'Tag',
  properties: {
    id: { type: 'integer', primary: true, autoincrement: true },
    name: { type: 'string', unique: true },
  },
});

const posts = new EntitySchema<PostRow>({
  name: 'Post',
  properties: {
    id: { type: 'integer', primary: true, autoincrement: true },
    author: { kind: 'm:1', entity: () => 'Author', deleteRule: 'cascade' },
    title: { type: 'string' },
    body: { type: 'text', nullable: true },
    isPublished: { type: 'boolean' },
    publishedAt: { ...instant, nullable: true },
    rating: { type: 'double' },
    createdAt: { ...instant, onCreate: () => new Date() },
    tags: { kind: 'm:n', entity: () => 'Tag', owner: true },
  },
});

export const mikroOrm: Orm = async (where) => {
  const options = { entities: [authors, tags, posts], discovery: { warnWhenNoEntities: false } };
  const orm: MikroORM =
    'sqlite' in where
      ? await OnSqlite.init({ ...options, dbName: where.sqlite })
      : await OnPostgres.init({ ...options, clientUrl: where.postgres });
  return {
    createTables: () => orm.getSchemaGenerator().createSchema(),
    async write(blog) {
      const em = orm.em.fork();
      const made = blog.tags.map((name) => em.create(tags, { name }));
      const people = new Map(
        blog.authors.map((author) => [
          author.id,
          em.create(authors, { ...author, avatar: author.avatar && Buffer.from(author.avatar) }),
        ]),
      );
      for (const { authorId, tags: own, ...post } of blog.posts) {
        em.create(posts, {
          ...post,
          author: people.get(authorId) as AuthorRow,
          tags: made.filter(({ name }) => own.includes(name)),
        });
      }
      await em.flush();
    },
    async read() {
      const em = orm.em.fork();
      const found = {
        authors: await em.find(authors, {}, { orderBy: { email: 'asc' } }),
        posts: await em.find(
          posts,
          {},
          { populate: ['author', 'tags'], orderBy: { id: 'asc', tags: { id: 'asc' } } },
        ),
      };
      return {
        authors: found.authors.map((author) => wrap(author).toObject()),
        posts: found.posts.map((post) => wrap(post).toObject()),
      };
    },
    async addPost(authorId, title) {
      const em = orm.em.fork();
      const post = em.create(posts, {
        title,
        body: null,
        isPublished: true,
        publishedAt: null,
        rating: 1,
        author: em.getReference(authors, authorId),
      });
      await em.flush();
      return post.id;
    },
    close: () => orm.close(),
  };
};
