import { describe, expect, it } from 'vitest';
import { statementShape } from '../../src/index.ts';

describe('statementShape', () => {
  it.each([
    [
      `SELECT * FROM t WHERE a = 'x' AND n IN (1, 2.5, 3e7)`,
      'SELECT * FROM t WHERE a = ? AND n IN (?, ?, ?)',
    ],
    [`SELECT 'it''s', E'a\\'b', e'\\\\', U&'d', x'ff'`, 'SELECT ?, ?, ?, ?, ?'],
    [`ALTER ROLE app PASSWORD $$p'w$$; DO $a$ x $$ y $a$`, 'ALTER ROLE app PASSWORD ?; DO ?'],
    [
      `SELECT "col'umn1", t1.c2 FROM "ta""ble9" t1 WHERE id = $1 AND x = ?`,
      `SELECT "col'umn1", t1.c2 FROM "ta""ble9" t1 WHERE id = $1 AND x = ?`,
    ],
    ['SELECT 1 -- a secret\n  , /* another \n one */ 2', 'SELECT ? , ?'],
    [`SELECT 'never closed`, 'SELECT ?'],
    ['SELECT $tag$never closed', 'SELECT ?'],
  ])('%s', (text, shape) => {
    expect(statementShape(text)).toBe(shape);
  });

  it('cuts long ones, without cutting a text in two so that its end shows', () => {
    const shape = statementShape(`SELECT ${'a, '.repeat(1900)}'${'sesame '.repeat(5000)}'`);
    expect(shape.length).toBe(2001);
    expect(shape).not.toContain('sesame');
  });
});
