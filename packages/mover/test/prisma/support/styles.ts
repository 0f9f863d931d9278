import type Database from 'better-sqlite3';
import type { Client, Delegate } from './client.ts';

const PAGE = 250;

/** A schema as one kind of application writes it, with rows and the code that reads them. */
export interface Style {
  readonly name: 'blog' | 'shop' | 'legacy';
  /** What `--schema` names, in the style's folder. */
  readonly schema: string;
  /** Writes rows by Prisma's own client. */
  write(client: Client, rows: number): Promise<void>;
  /** Writes what other writers leave in the same columns. */
  writeRaw(db: Database.Database): void;
  /** Reads everything; lists whose order nobody asked for are sorted. */
  read(client: Client): Promise<unknown>;
}

const upTo = <Item>(count: number, make: (i: number) => Item): Item[] =>
  Array.from({ length: count }, (_, i) => make(i));
const at = (i: number) => new Date(Date.UTC(2024, 4, 1) + i * 86_461_007);
const pick = <Item>(items: readonly Item[], i: number): Item => items[i % items.length] as Item;

const blog: Style = {
  name: 'blog',
  schema: 'prisma/schema.prisma',
  async write(client, rows) {
    await client.user?.createMany({
      data: upTo(rows, (i) => ({
        email: `user${i}@example.org`,
        role: pick(['READER', 'AUTHOR', 'ADMIN'], i),
        active: i % 3 > 0,
        managerId: i > 2 ? i - 2 : null,
        avatar: i % 2 ? Buffer.from([i % 256, 0, 255]) : null,
        settings: pick([{ b: 1, a: ['x', 1.5, null, { ü: 'ß' }] }, 503, 1.25, 'text', [], true], i),
        createdAt: at(i),
      })),
    });
    await client.post?.createMany({
      data: upTo(rows, (i) => ({
        title: pick(['Ünïcode 🐘', '', "quote ' and \\ and \n"], i),
        views: pick([0n, 9_007_199_254_740_993n, -(2n ** 63n), 2n ** 63n - 1n], i),
        rating: pick([null, 0.1, -1e300, 5e-324], i),
        price: pick([null, '0.1', '12.50', '-1234567.891', '7', '1e-9'], i),
        authorId: (i % rows) + 1,
      })),
    });
    for (const i of upTo(Math.min(rows, 20), (n) => n)) {
      await client.tag?.create({
        data: { name: `tag${i}`, posts: { connect: [{ id: (i % rows) + 1 }, { id: ((i + 1) % rows) + 1 }] } },
      });
    }
  },
  writeRaw(db) {
    // What Prisma wrote before it had drivers, what SQLite writes itself, and a script that knows neither.
    const times = [1_714_558_830_123, '2024-05-01 10:20:30', '2024-05-01T10:20:30.5Z', '2024-05-01', -1];
    for (const [i, time] of times.entries()) {
      db.prepare('INSERT INTO User (email, createdAt, updatedAt) VALUES (?, ?, ?)').run(
        `raw${i}`,
        time,
        time,
      );
    }
    db.exec(`DELETE FROM Tag WHERE id = (SELECT max(id) FROM Tag)`);
  },
  async read(client) {
    return {
      users: sorted(
        await everything(client.user, { manager: true, reports: true, posts: true }, { id: 'asc' }),
      ),
      posts: sorted(await everything(client.post, { author: true, tags: true }, { id: 'asc' })),
      tags: sorted(await everything(client.tag, { posts: true }, { id: 'asc' })),
      some: await client.post?.findMany({
        where: { author: { role: 'ADMIN', createdAt: { gte: at(2) } }, views: { gt: 0 } },
        orderBy: { id: 'desc' },
        take: 5,
      }),
    };
  },
};

const shop: Style = {
  name: 'shop',
  schema: 'prisma/schema',
  async write(client, rows) {
    await client.customer?.createMany({
      data: upTo(rows, (i) => ({
        id: `customer${i}`,
        taxNumber: `DE${i}`,
        profile: pick([{}, { name: 'a', deep: [{ x: [1, 2] }] }, [1, 'two'], { empty: null }], i),
        seenAt: i % 2 ? at(i) : null,
        importedAt: at(i),
      })),
    });
    await client.order?.createMany({
      data: upTo(rows, (i) => ({
        shop: pick(['north', 'süd'], i),
        number: i,
        state: pick(['open', 'paid', 'sentBack'], i),
        customerId: `customer${(i * 7) % rows}`,
        price: pick(['19.99', '100', '0.3333333333333333'], i),
        placedAt: at(i),
      })),
    });
    await client.line?.createMany({
      data: upTo(rows, (i) => ({
        shop: pick(['north', 'süd'], i),
        number: i,
        price: pick(['1.10', '2'], i),
      })),
    });
  },
  writeRaw(db) {
    db.prepare('INSERT INTO customers (id, tax_number, profile, seen_at) VALUES (?, ?, ?, ?)').run(
      'raw',
      'raw',
      '{"nul":"\\u0000"}',
      '2024-05-01T10:20:30.123456Z',
    );
    db.prepare('UPDATE order_lines SET price = ? WHERE number = 1').run(1.5e-40);
  },
  async read(client) {
    return {
      customers: sorted(await everything(client.customer, { orders: true }, { id: 'asc' })),
      orders: sorted(
        await everything(client.order, { customer: true, lines: true }, [{ shop: 'asc' }, { number: 'asc' }]),
      ),
      lines: sorted(await everything(client.line, { order: true }, { id: 'asc' })),
      one: await client.order?.findMany({
        where: { shop: 'süd', state: 'sentBack' },
        orderBy: { number: 'asc' },
      }),
    };
  },
};

const legacy: Style = {
  name: 'legacy',
  schema: 'prisma/schema.prisma',
  async write(client, rows) {
    await client.account?.createMany({
      data: upTo(rows, (i) => ({
        id: `0000${i}`,
        plan: pick(['free', 'team'], i),
        tags: JSON.stringify(upTo(i % 3, (n) => `tag ${n}`)),
        quota: i * 1000,
        lastLogin: i % 2 ? at(i) : null,
        created: at(i),
      })),
    });
    await client.member?.createMany({
      data: upTo(rows, (i) => ({
        accountId: `0000${i % rows}`,
        seat: i,
        byAccount: i > 0 ? `0000${(i - 1) % rows}` : null,
        bySeat: i > 0 ? i - 1 : null,
        joined: at(i),
      })),
    });
  },
  writeRaw(db) {
    db.exec(`
      UPDATE Account SET secret = 'hidden' WHERE id = '00001';
      INSERT INTO AuditLine VALUES ('first', 1714558830123), ('second', '2024-05-01 10:20:30');
      INSERT INTO Account (id, created) VALUES ('by now', CURRENT_TIMESTAMP);`);
  },
  async read(client) {
    return {
      accounts: sorted(await everything(client.account, { members: true }, { id: 'asc' })),
      members: sorted(
        await everything(client.member, { account: true, invitedBy: true, invited: true }, [
          { accountId: 'asc' },
          { seat: 'asc' },
        ]),
      ),
    };
  },
};

export const STYLES: readonly Style[] = [blog, shop, legacy];

/** A page after the other: for keys of several columns Prisma asks SQLite for all of a page's relations at once. */
async function everything(
  model: Delegate | undefined,
  include: object,
  orderBy: object,
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (;;) {
    const page = (await model?.findMany({ include, orderBy, skip: rows.length, take: PAGE })) ?? [];
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}

/** Rows in an order that no collation has a say in. */
function sorted(rows: readonly Record<string, unknown>[] | undefined): unknown {
  const inOrder = (value: unknown): unknown =>
    Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null && 'id' in item)
      ? value.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b), 'en'))
      : value;
  const inside = (rows ?? []).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, inOrder(value)])),
  );
  return inside.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b), 'en'));
}

function keyOf(row: Record<string, unknown>): string {
  return JSON.stringify([row.id, row.shop, row.number, row.accountId, row.seat]);
}
