import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { foldName, normalize, significantTokens, tokensOf } from '../src/index.ts';

describe('tokens', () => {
  it.each([
    `CREATE TABLE [a]]b" (x'00' 'it''s' "q""q" \`b\`\`b\` -- end\n 1.5e-3 0xFF a->>'$.b' /* open`,
    '\ufeffé😀$ \u00a0',
  ])('are the whole of %j', (sql) => {
    expect(
      tokensOf(sql)
        .map(({ text }) => text)
        .join(''),
    ).toBe(sql);
  });

  it('have the value that SQLite gives them', () => {
    const sql = `"a""b" 'it''s' [c"d] \`e\`\`f\``;
    expect(significantTokens(sql).map(({ value }) => value)).toEqual(['a"b', `it's`, 'c"d', 'e`f']);
    const db = new Database(':memory:');
    db.exec(`CREATE TABLE t ("a""b", [c"d], \`e\`\`f\`)`);
    expect(db.prepare(`SELECT name FROM pragma_table_info('t')`).pluck().all()).toEqual([
      'a"b',
      'c"d',
      'e`f',
    ]);
    expect(db.prepare(`SELECT 'it''s'`).pluck().get()).toBe(`it's`);
    db.close();
  });

  it('are the same however a text is laid out', () => {
    expect(normalize(`"A"/* */IN\n('A',1)`)).toBe(normalize(`a in ( 'A' , 1 )`));
  });
});

it('compares names without regard to the case of A to Z only', () => {
  expect(foldName('ÄPFEL')).toBe('Äpfel');
});
