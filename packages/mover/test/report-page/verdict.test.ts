import type { TransferReport } from '@vatevo/transfer';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/transfer/report-page/verdict.ts';
import { report, verification } from './sample.ts';

const inspection = report.inspection ?? expect.fail('the sample has an inspection');
const refusing = { ...inspection, refusedValues: 2 };
const { verification: _, ...unverified } = report;
const evaluated = (report: TransferReport) => {
  const { kind, headline, explanation } = evaluate(report);
  return { kind, text: `${headline}. ${explanation}`.replaceAll('\u202f', ' ') };
};

describe('the verdict', () => {
  it('says that nothing was lost, and how much that is', () => {
    expect(evaluated(report)).toEqual({
      kind: 'proven',
      text: 'Nothing lost: 12 350 rows, 37 050 values equal. Every row of the source is in the target, and every value was compared. No value was replaced, refused or left behind.',
    });
  });

  it('does not pass over what was replaced or left behind', () => {
    const alteration = { table: 't', key: 'id=1', column: 'c', before: 'NULL', after: '1' };
    const plan = { ...report.plan, leftBehind: ['a', 'b'] };
    expect(evaluated({ ...report, alterations: [alteration], plan }).text).toContain(
      '1 value was replaced by a rule agreed beforehand, and 2 items were left behind on purpose: see the lists below.',
    );
  });

  it.each<[string, Partial<typeof verification>, string]>([
    ['the verification says so', { equal: false }, 'the verification'],
    [
      'a table is not equal',
      { tables: verification.tables.map((table, i) => ({ ...table, equal: i === 0 })) },
      '1 of 2 tables',
    ],
    [
      'a sequence is behind',
      { sequencesBehind: [{ table: 't', column: 'id', sequence: 's', next: 1n, highest: 2n }] },
      '1 sequence',
    ],
    ['a constraint is not valid', { unfit: ['a', 'b'] }, '2 parts of the structure'],
    ['a value differs', { differences: [{ table: 't', key: 'id=1', kind: 'missing' }] }, 'the verification'],
  ])('claims nothing when %s', (_, found, where) => {
    const { kind, text } = evaluated({ ...report, verification: { ...verification, ...found } });
    expect(kind).toBe('differs');
    expect(text).toContain(`Found in ${where}:`);
    expect(text).not.toContain('Nothing lost');
  });

  it('tells a refused source from one whose good rows were loaded', () => {
    expect(evaluated({ ...unverified, inspection: refusing }).kind).toBe('refused');
    expect(evaluated({ ...report, inspection: refusing }).kind).toBe('partial');
  });

  it('claims no proof that this call did not make', () => {
    const { inspection: __, ...earlier } = unverified;
    expect(evaluated({ ...earlier, outcome: 'already-complete' }).kind).toBe('unverified');
    expect(evaluated(unverified).kind).toBe('unverified');
  });
});
