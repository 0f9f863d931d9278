import { relations } from 'drizzle-orm';
import {
  boolean,
  customType,
  date,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  primaryKey,
  serial,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import { ROLES, type Settings } from '../../model.ts';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

export const role = pgEnum('role', ROLES);

export const authors = pgTable('authors', {
  id: uuid('id').primaryKey(),
  email: text('email').notNull().unique(),
  role: role('role').notNull(),
  isActive: boolean('is_active').notNull(),
  logins: integer('logins').notNull(),
  balance: numeric('balance', { precision: 10, scale: 2 }).notNull(),
  birthday: date('birthday'),
  joinedAt: timestamp('joined_at', { withTimezone: true }).notNull(),
  settings: jsonb('settings').$type<Settings>().notNull(),
  avatar: bytea('avatar'),
});

export const tags = pgTable('tags', {
  id: serial('id').primaryKey(),
  name: text('name').notNull().unique(),
});

export const posts = pgTable(
  'posts',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    authorId: uuid('author_id')
      .notNull()
      .references(() => authors.id, { onDelete: 'cascade' }),
    title: text('title').notNull(),
    body: text('body'),
    isPublished: boolean('is_published').notNull(),
    publishedAt: timestamp('published_at'),
    rating: doublePrecision('rating').notNull(),
    createdAt: timestamp('created_at', { mode: 'string' }).notNull().defaultNow(),
  },
  (table) => [index('posts_author_idx').on(table.authorId)],
);

export const postTags = pgTable(
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
