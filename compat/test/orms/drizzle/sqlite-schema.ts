import { relations, sql } from 'drizzle-orm';
import { blob, index, integer, numeric, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { ROLES, type Settings } from '../../model.ts';

export const authors = sqliteTable('authors', {
  id: text('id').primaryKey(),
  email: text('email').notNull().unique(),
  role: text('role', { enum: ROLES }).notNull(),
  isActive: integer('is_active', { mode: 'boolean' }).notNull(),
  logins: integer('logins').notNull(),
  balance: numeric('balance').notNull(),
  birthday: text('birthday'),
  joinedAt: integer('joined_at', { mode: 'timestamp_ms' }).notNull(),
  settings: text('settings', { mode: 'json' }).$type<Settings>().notNull(),
  avatar: blob('avatar', { mode: 'buffer' }),
});

export const tags = sqliteTable('tags', {
  id: integer('id').primaryKey(),
  name: text('name').notNull().unique(),
});

export const posts = sqliteTable(
  'posts',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    authorId: text('author_id')
      .notNull()
      .references(() => authors.id, { onDelete: 'cascade' }),
    title: text('title').notNull(),
    body: text('body'),
    isPublished: integer('is_published', { mode: 'boolean' }).notNull(),
    publishedAt: integer('published_at', { mode: 'timestamp' }),
    rating: real('rating').notNull(),
    createdAt: text('created_at').notNull().default(sql`CURRENT_TIMESTAMP`),
  },
  (table) => [index('posts_author_idx').on(table.authorId)],
);

export const postTags = sqliteTable(
  'post_tags',
  {
    postId: integer('post_id')
      .notNull()
      .references(() => posts.id),
    tagId: integer('tag_id')
      .notNull()
      .references(() => tags.id),
  },
  (table) => [primaryKey({ columns: [table.postId, table.tagId] })],
);

export const postsRelations = relations(posts, ({ one, many }) => ({
  author: one(authors, { fields: [posts.authorId], references: [authors.id] }),
  postTags: many(postTags),
}));

export const postTagsRelations = relations(postTags, ({ one }) => ({
  post: one(posts, { fields: [postTags.postId], references: [posts.id] }),
  tag: one(tags, { fields: [postTags.tagId], references: [tags.id] }),
}));
