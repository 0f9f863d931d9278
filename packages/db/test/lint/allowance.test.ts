import { describe, expect, it } from 'vitest';
import { describeFault } from '../../src/check/fault.ts';
import { broken, lint } from './support/base.ts';

const INDEX = 'CREATE INDEX i ON invoices (note);';
const GOOD = '-- lint: allow create-index because the table has a few hundred rows at most';

describe('an allowance', () => {
  it('lets the statement below it pass', async () => {
    expect(await broken(`${GOOD}\n${INDEX}`)).toEqual([]);
    expect(await broken(`${GOOD}\n-- CreateIndex\n${INDEX}`)).toEqual([]);
    expect(await broken(`-- lint: ALLOW create-index BECAUSE the table has few rows only\n${INDEX}`)).toEqual(
      [],
    );
  });

  it('is for one statement and one rule', async () => {
    expect(await broken(`${GOOD}\n${INDEX}\nCREATE INDEX j ON invoices (code);`)).toEqual(['create-index']);
    const both = 'ALTER TABLE invoices ADD COLUMN a serial, DROP COLUMN note;';
    expect(
      await broken(`-- lint: allow add-column-rewrite because the table has a few rows\n${both}`),
    ).toEqual(['drop-column']);
    expect(
      await broken(
        `-- lint: allow add-column-rewrite because the table has a few rows
-- lint: allow drop-column because release 1.4 was the last to read it
${both}`,
      ),
    ).toEqual([]);
  });

  it.each([
    ['-- lint: allow create-index', 'without a reason'],
    ['-- lint: allow create-index because', 'without a reason'],
    ['-- lint: allow create-index because small', 'without a reason'],
    ['-- lint: allow create-index because aaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'without a reason'],
    ['-- lint: allow create-index the table has a few hundred rows', 'does not understand'],
    ['-- lint: ignore', 'does not understand'],
    ['-- lint: allow create-indexes because the table has a few rows', 'is no rule'],
  ])('does not count as %s', async (comment, problem) => {
    const faults = await lint(`${comment}\n${INDEX}`);
    expect(faults.map((fault) => fault.problem)).toEqual([
      expect.stringContaining(problem),
      expect.stringMatching(/^create-index: /),
    ]);
  });

  it('for a drop has to name the release which stopped using it', async () => {
    const drop = 'DROP TABLE tenants;';
    const [first, second] = await lint(
      `-- lint: allow drop-table because nothing reads it any more\n${drop}`,
    );
    expect(first?.problem).toContain('does not name the release');
    expect(second?.problem).toMatch(/^drop-table: /);
    for (const release of ['release 1.4', 'v2.0.1', 'release 2026-01', '1.4.0']) {
      expect(
        await broken(`-- lint: allow drop-table because nothing reads it since ${release}\n${drop}`),
      ).toEqual([]);
    }
  });

  it.each([
    `${GOOD}\n\n${INDEX}`,
    `SELECT 1; ${GOOD}\n${INDEX}`,
    `${INDEX}\n${GOOD}`,
    `CREATE INDEX i\n${GOOD}\nON invoices (note);`,
  ])('counts only directly above its statement, not in %j', async (script) => {
    const problems = (await lint(script)).map(({ problem }) => problem);
    expect(problems).toEqual([
      expect.stringContaining('directly above a statement'),
      expect.stringMatching(/^create-index: /),
    ]);
  });

  it('that nothing needs is a fault itself', async () => {
    const [fault, ...others] = await lint(`${GOOD}\nCREATE INDEX CONCURRENTLY i ON invoices (note);`);
    expect(others).toEqual([]);
    expect(fault?.problem).toBe('an allowance for create-index that nothing needs');
    expect(fault?.file).toMatch(/migration\.sql:1$/);
  });

  it('is a comment, not a string that looks like one', async () => {
    expect(await broken(`COMMENT ON TABLE invoices IS $$\n${GOOD}\n$$;\n${INDEX}`)).toEqual(['create-index']);
    expect(await broken(`/*\n${GOOD}\n*/\n${INDEX}`)).toEqual(['create-index']);
  });
});

describe('a fault', () => {
  it('names file, line and rule, says what would happen, and shows the safe way', async () => {
    const [fault] = await lint(`-- Größe: ${'ü'.repeat(50)} 🙂\nSELECT 'ü';\n\n-- CreateIndex\n${INDEX}`);
    expect(fault && describeFault(fault)).toBe(
      `✗ prisma/postgres/migrations/20260102000000_m1/migration.sql:5: create-index: builds an index on "invoices" without CONCURRENTLY
    Takes a SHARE lock on "invoices": every INSERT, UPDATE and DELETE waits until all rows are indexed.
  → In a migration of its own, with no other statement:
    CREATE INDEX CONCURRENTLY "i" ON "invoices" (…);
  More, and the way out: docs/migrations.md`,
    );
  });
});

describe('a script that is no SQL', () => {
  it.each([
    ["SELECT 'ü 🙂';\n\nALTER TABEL x;", 3, 'syntax error at or near "TABEL"'],
    ["SELECT 1;\nSELECT 'open", 2, 'unterminated quoted string'],
    ['SELECT 1;\nSELECT 2;\0 DROP TABLE invoices;', 2, 'a NUL character'],
  ])('is told with its line and what the parser says: %j', async (script, line, message) => {
    const [fault, ...others] = await lint(script, INDEX);
    expect(others).toEqual([]);
    expect(fault?.file).toMatch(new RegExp(`migration\\.sql:${line}$`));
    expect(fault?.problem).toContain(`cannot be parsed as PostgreSQL: ${message}`);
  });

  it.each(['', '\n', '-- Written by hand: replace this line by statements.\n', ';;'])(
    'may be empty: %j',
    async (script) => {
      expect(await lint(script)).toEqual([]);
    },
  );
});
