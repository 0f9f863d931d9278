/** A small publishing application: what each ORM's users write in their own way. */
export interface Blog {
  readonly authors: readonly Author[];
  readonly tags: readonly string[];
  readonly posts: readonly Post[];
}

export const ROLES = ['reader', 'editor', 'admin'] as const;

export interface Author {
  /** A uuid. */
  readonly id: string;
  readonly email: string;
  readonly role: (typeof ROLES)[number];
  readonly isActive: boolean;
  readonly logins: number;
  /** Two digits behind the point, the last of which is no zero: SQLite keeps no zeros there. */
  readonly balance: string;
  /** `YYYY-MM-DD`. */
  readonly birthday: string | null;
  readonly joinedAt: Date;
  readonly settings: Settings;
  readonly avatar: Uint8Array | null;
}

export interface Settings {
  readonly theme: string;
  readonly sizes: readonly number[];
  readonly nested: { readonly quiet: boolean; readonly note: string | null };
}

export interface Post {
  /** Of an author. */
  readonly authorId: string;
  readonly title: string;
  readonly body: string | null;
  readonly isPublished: boolean;
  readonly publishedAt: Date | null;
  readonly rating: number;
  readonly tags: readonly string[];
}

/** The same rows whenever it is called. @param size authors; each has two posts */
export function blog(size: number): Blog {
  const tags = ['databases', 'наука', 'daily “life”'];
  const authors = Array.from(
    { length: size },
    (_, i): Author => ({
      id: `5f0c1a2b-${hex(i, 4)}-4d3e-9f01-${hex(0xabc000000000 + i * 7919, 12)}`,
      email: `author-${i}@example.org`,
      role: ROLES[i % 3] ?? 'reader',
      isActive: i % 2 === 0,
      logins: i * 1_000_003,
      balance: `${i % 2 === 0 ? '' : '-'}${i * 37}.${i % 9}${(i % 9) + 1}`,
      birthday: i % 4 === 3 ? null : `19${70 + (i % 30)}-0${1 + (i % 9)}-1${i % 10}`,
      joinedAt: new Date(Date.UTC(2020 + (i % 6), i % 12, 1 + (i % 28), i % 24, 30, 15, (i * 137) % 1000)),
      settings: {
        theme: ['dark', 'light “high”'][i % 2] ?? '',
        sizes: [i, i + 0.5],
        nested: { quiet: i % 3 === 0, note: i % 2 === 0 ? null : 'it\'s "so"' },
      },
      avatar: i % 3 === 2 ? null : Uint8Array.from({ length: 8 }, (_byte, at) => (i * 31 + at * 67) % 256),
    }),
  );
  const posts = authors.flatMap(({ id, joinedAt }, i) =>
    [0, 1].map(
      (each): Post => ({
        authorId: id,
        title: `Post ${each} of ${i}`,
        body: each === 0 ? `Línea 1\nline 2 of ${i} — \u{1f600}` : null,
        isPublished: each === 0,
        publishedAt: each === 0 ? new Date(joinedAt.getTime() + 86_400_000) : null,
        rating: i + 0.25,
        tags: tags.slice(0, (i + each) % 3),
      }),
    ),
  );
  return { authors, tags, posts };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0').slice(-digits);
}
