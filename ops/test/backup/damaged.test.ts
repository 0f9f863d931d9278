import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { backUp, copyOf, forge, ops, sample, temporaryFolder } from './support.ts';

function flipByte(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

describe('a backup that is not what it was', () => {
  const damages: readonly (readonly [string, (folder: string) => void, number, RegExp])[] = [
    [
      'a bit of the copy',
      (at) => flipByte(join(at, 'database.sqlite'), 100_000),
      5,
      /checksum of database\.sqlite/,
    ],
    ['a bit of the SQL', (at) => flipByte(join(at, 'database.sql'), 1_000), 5, /checksum of database\.sql /],
    ['more bytes', (at) => appendFileSync(join(at, 'database.sql'), '\n'), 5, /checksum of database\.sql /],
    ['a file is missing', (at) => rmSync(join(at, 'database.sql')), 5, /database\.sql cannot be read/],
    ['the manifest', (at) => flipByte(join(at, 'manifest.json'), 20), 5, /checksum of manifest\.json/],
    ['the checksums are missing', (at) => rmSync(join(at, 'SHA256SUMS')), 5, /checksum of manifest\.json/],
    ['no backup at all', (at) => rmSync(join(at, 'manifest.json')), 2, /is not a backup: its manifest.json/],
    ['a newer format', (at) => forge(at, { format: 2 }), 2, /has the format 2/],
    [
      'values, with right checksums',
      (at) => {
        const db = new Database(join(at, 'database.sqlite'));
        db.exec(
          `UPDATE invoices SET total_amount = '0' WHERE id = 7; DELETE FROM webhook_events WHERE id = 1; CREATE TABLE more (a)`,
        );
        db.close();
        forge(at);
      },
      6,
      /schema differs; values of the table invoices differ; the table webhook_events has 90 rows and should have 91; the table more should not be there/,
    ],
  ];

  it('is refused, and nothing is made of it', async () => {
    const folder = temporaryFolder();
    const whole = await backUp(['--source', sample, '--to', folder]);
    for (const [name, damage, code, sentence] of damages) {
      const copy = copyOf(whole);
      damage(copy);
      const outcome = await ops(['restore', '--from', copy, '--to', join(folder, 'new.db')]);
      expect(outcome, name).toMatchObject({ code, stderr: expect.stringMatching(sentence) });
      expect(outcome.stderr).not.toMatch(/\n\s+at |vat_/);
    }
    expect(readdirSync(folder).filter((name) => /new/.test(name))).toEqual([]);
  });

  it('nothing is overwritten, nor taken for a part of the database', async () => {
    const folder = temporaryFolder();
    const backup = await backUp(['--source', sample, '--to', folder, '--copy-only']);
    const file = join(folder, 'there.db');
    for (const there of [file, `${file}-wal`]) {
      writeFileSync(there, 'mine');
      const outcome = await ops(['restore', '--from', backup, '--to', file]);
      expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining(`${there} exists`) });
      expect(readFileSync(there, 'utf8')).toBe('mine');
      rmSync(there);
    }
    const without = await ops(['restore', '--from', backup]);
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('--to') });
    expect(existsSync(file)).toBe(false);
  });
});
