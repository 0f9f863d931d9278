import { inspectSource, transfer, verifyTransfer } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { wallClock } from '../src/column-types/timestamp/canonical-wall-clock.ts';
import { zoneOffsets } from '../src/column-types/timestamp/encode-zone.ts';
import { makePair } from './support.ts';

const POSTGRES = 'CREATE TABLE t (id int PRIMARY KEY, at timestamptz NOT NULL)';

it('reads date-times without a zone by the clocks of the zone that is named, as PostgreSQL does', async () => {
  const zone = 'Europe/Berlin';
  const pair = await makePair('CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT)', POSTGRES, {
    tables: { t: { columns: { at: { whenNull: { kind: 'run-start' } } } } },
    decisions: { zone },
  });
  try {
    const texts = [
      '2025-03-30T01:30:00Z',
      '2025-03-30 01:30:00+02:00',
      '2025-10-26 01:59:59.999999',
      '2025-10-26 03:00:00',
    ];
    // Every third hour of the years around, and of others, where no clock was changed.
    for (const year of [1901, 1945, 1980, 2024, 2025, 2026]) {
      for (let hour = 0; hour < 8760; hour += 31) {
        const at = new Date(Date.UTC(year, 0, 1, hour, hour % 60))
          .toISOString()
          .slice(0, 19)
          .replace('T', ' ');
        texts.push(`${at}.5`);
      }
    }
    const db = new Database(pair.file);
    const insert = db.prepare('INSERT INTO t (at) VALUES (?)');
    for (const text of texts) insert.run(text);
    insert.run(null);
    db.close();
    // Some of the hours were never shown, or twice: they are not loaded.
    const report = await transfer({ ...pair.endpoints, quarantine: true });
    expect(report.verification?.equal).toBe(true);
    expect(report.quarantine?.rows ?? 0).toBeLessThan(10);
    const rows = await pair.query<{ id: number; at: string }>('SELECT id, at::text AS at FROM t ORDER BY id');
    await pair.query(`SET TIME ZONE '${zone}'`);
    const expected = await pair.query<{ at: string }>(
      `SELECT (v::timestamptz AT TIME ZONE 'UTC')::text || '+00' AS at FROM unnest($1::text[]) WITH ORDINALITY AS u(v, n) ORDER BY n`,
      [texts],
    );
    expect(rows.slice(0, -1).map(({ at }) => at)).toEqual(
      rows.slice(0, -1).map(({ id }) => expected[id - 1]?.at),
    );
    expect(rows.at(-1)?.at).toMatch(/\+00$/);
    expect(
      Math.abs(Date.now() - Date.parse(rows.at(-1)?.at.replace(' ', 'T').replace('+00', 'Z') ?? '')),
    ).toBeLessThan(600_000);
    expect(
      await verifyTransfer({ ...pair.endpoints, mapping: { tables: pair.endpoints.mapping.tables ?? {} } }),
    ).toMatchObject({
      equal: true,
    });
  } finally {
    await pair.drop();
  }
});

it('refuses a time that the clocks showed twice, or never', async () => {
  const pair = await makePair(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT); INSERT INTO t VALUES
      (1, '2025-03-30 01:59:59.999999'), (2, '2025-03-30 02:00:00'), (3, '2025-03-30 02:59:59.9'), (4, '2025-03-30 03:00:00'),
      (5, '2025-10-26 01:59:59'), (6, '2025-10-26 02:00:00'), (7, '2025-10-26 02:59:59'), (8, '2025-10-26 03:00:00'), (9, '2025-10-26 02:30:00+01:00');`,
    POSTGRES,
    { decisions: { zone: 'Europe/Berlin' } },
  );
  try {
    const { refusals } = await inspectSource(pair.endpoints);
    expect(refusals.map(({ key, reason }) => `${key}: ${reason}`)).toEqual([
      'id=2: a time that the clocks of Europe/Berlin never showed',
      'id=3: a time that the clocks of Europe/Berlin never showed',
      'id=6: a time that the clocks of Europe/Berlin showed twice',
      'id=7: a time that the clocks of Europe/Berlin showed twice',
    ]);
    const report = await transfer({ ...pair.endpoints, quarantine: true });
    expect(report.verification?.equal).toBe(true);
  } finally {
    await pair.drop();
  }
});

it('is told by copy and proof alike, each on its own', () => {
  for (const zone of [
    'Europe/Berlin',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Africa/Casablanca',
    'Pacific/Apia',
    'UTC',
    '+05:30',
    '-03:00',
  ]) {
    const offsets = zoneOffsets(zone);
    const clock = wallClock(zone);
    for (const year of [1970, 2011, 2024, 2025]) {
      for (let quarter = 0; quarter < 4 * 8760; quarter += 17) {
        const local = Date.UTC(year, 0, 1, 0, quarter * 15);
        const [date = '', time = ''] = new Date(local).toISOString().slice(0, 19).split('T');
        const offset = offsets(local);
        const printed = clock(date, time);
        const minutes = 'milliseconds' in offset ? offset.milliseconds / 60_000 : undefined;
        const [hours = 0, rest = 0] = (printed ?? '').slice(1).split(':').map(Number);
        expect(
          printed && (hours * 60 + rest) * (printed.startsWith('-') ? -1 : 1),
          `${zone} ${date} ${time}`,
        ).toBe(minutes);
      }
    }
  }
});

it('is a fault where no column reads it', async () => {
  const pair = await makePair(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT); INSERT INTO t VALUES (1, '2025-03-30 01:00:00');`,
    'CREATE TABLE t (id bigint PRIMARY KEY, at timestamp)',
    { decisions: { zone: 'Europe/Berlin' } },
  );
  try {
    await expect(inspectSource(pair.endpoints)).rejects.toMatchObject({
      message: expect.stringContaining('Europe/Berlin was decided on, but there is nothing'),
      next: { needless: [{ decision: 'zone', name: 'Europe/Berlin' }] },
    });
  } finally {
    await pair.drop();
  }
});
