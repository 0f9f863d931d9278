import { DataSource, EntitySchema } from 'typeorm';
import { type Author, type Post, ROLES } from '../model.ts';
import type { Orm } from '../orm.ts';

interface AuthorRow extends Omit<Author, 'avatar' | 'balance'> {
  readonly balance: number;
  readonly avatar: Buffer | null;
}

interface TagRow {
  readonly id: number;
  readonly name: string;
}

interface PostRow extends Omit<Post, 'authorId' | 'tags'> {
  readonly id: number;
  readonly author: Pick<AuthorRow, 'id'>;
  readonly tags: TagRow[];
  readonly createdAt: Date;
}

export const typeOrm: Orm = async (where) => {
  const { authors, posts, tags } = entities('sqlite' in where);
  const source = await new DataSource({
    ...('sqlite' in where
      ? { type: 'better-sqlite3', database: where.sqlite }
      : { type: 'postgres', url: where.postgres }),
    entities: [authors, posts, tags],
  }).initialize();
  return {
    createTables: () => source.synchronize(),
    async write(blog) {
      await source.getRepository(authors).save(
        blog.authors.map((author) => ({
          ...author,
          balance: Number(author.balance),
          avatar: author.avatar && Buffer.from(author.avatar),
        })),
        { chunk: 20 },
      );
      const made = await source.getRepository(tags).save(blog.tags.map((name) => ({ name })));
      await source.getRepository(posts).save(
        blog.posts.map(({ authorId, tags: own, ...post }) => ({
          ...post,
          author: { id: authorId },
          tags: made.filter(({ name }) => own.includes(name)),
        })),
        { chunk: 20 },
      );
    },
    read: async () => ({
      authors: await source.getRepository(authors).find({ order: { email: 'ASC' } }),
      posts: await source.getRepository(posts).find({
        relations: { author: true, tags: true },
        order: { id: 'ASC', tags: { id: 'ASC' } },
      }),
    }),
    async addPost(authorId, title) {
      const post = { title, author: { id: authorId }, body: null, isPublished: true, rating: 1 };
      return (await source.getRepository(posts).save(post)).id;
    },
    close: () => source.destroy(),
  };
};

/** SQLite and PostgreSQL have other names for some types. */
function entities(isSqlite: boolean) {
  const instant = isSqlite ? 'datetime' : 'timestamptz';
  const authors = new EntitySchema<AuthorRow>({
    name: 'Author',
    columns: {
      id: { type: 'uuid', primary: true },
      email: { type: String, unique: true },
      role: { type: 'simple-enum', enum: ROLES },
      isActive: { type: Boolean },
      logins: { type: Number },
      balance: {
        type: 'decimal',
        precision: 10,
        scale: 2,
        transformer: { to: (value) => value, from: (value) => Number(value) },
      },
      birthday: { type: 'date', nullable: true },
      joinedAt: { type: instant },
      settings: { type: isSqlite ? 'simple-json' : 'jsonb' },
      avatar: { type: isSqlite ? 'blob' : 'bytea', nullable: true },
    },
  });
  const tags = new EntitySchema<TagRow>({
    name: 'Tag',
    columns: { id: { type: Number, primary: true, generated: true }, name: { type: String, unique: true } },
  });
  const posts = new EntitySchema<PostRow>({
    name: 'Post',
    columns: {
      id: { type: Number, primary: true, generated: true },
      title: { type: String },
      body: { type: 'text', nullable: true },
      isPublished: { type: Boolean },
      publishedAt: { type: instant, nullable: true },
      rating: { type: 'float' },
      createdAt: { type: instant, createDate: true },
    },
    relations: {
      author: { type: 'many-to-one', target: 'Author', nullable: false, onDelete: 'CASCADE' },
      tags: { type: 'many-to-many', target: 'Tag', joinTable: true },
    },
  });
  return { authors, posts, tags };
}
