import type { Blog } from './model.ts';

/**
 * Opens an application that is written with an ORM, as its documentation shows it.
 *
 * @param folder for what it writes beside the database
 */
export type Orm = (where: Where, folder: string) => Promise<Application>;

export type Where = { readonly sqlite: string } | { readonly postgres: string };

export interface Application {
  /** By the ORM's own migrations, or what it has for them. */
  createTables(): Promise<void>;
  /** The tables are empty. */
  write(blog: Blog): Promise<void>;
  /** Everything, as objects that the application works with. */
  read(): Promise<unknown>;
  /** One more row under an id that the database assigns. @returns the id */
  addPost(authorId: string, title: string): Promise<number>;
  close(): Promise<void>;
}
