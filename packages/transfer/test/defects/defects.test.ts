import { type TransferError, type Verification, verifyTransfer } from '@vatevo/transfer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Transferred, transferSpecimen } from './clones.ts';
import { plain, publishedSection } from './page.ts';
import { ROW_DEFECTS } from './rows.ts';
import { LONG, sampled } from './sample.ts';
import { Score } from './score.ts';
import { LOST_PARTS, SEQUENCE_DEFECTS, STRUCTURE_DEFECTS } from './structure.ts';
import { VALUE_DEFECTS, type ValueDefect } from './values.ts';

/**
 * Each test alters a proven target in one way with plain SQL. Verification must not only see it but say
 * where it is and what should be there, and say nothing else.
 */
let transferred: Transferred;
beforeAll(async () => {
  transferred = await transferSpecimen();
});
afterAll(() => transferred.drop());

const rows = sampled(ROW_DEFECTS, undefined, 4);
const structure = sampled(STRUCTURE_DEFECTS, ({ kind }) => kind);
const lost = sampled(LOST_PARTS);
const sequences = sampled(SEQUENCE_DEFECTS);

const score = new Score();

/** Verifies an altered copy and enters the result in the score, whatever the assertions say afterwards. */
async function verifyAltered(
  group: string,
  sql: string,
  isPlaced: (verification: Verification) => boolean,
): Promise<Verification> {
  const verification = await transferred.withClone(async (endpoints, alter) => {
    await alter(sql);
    return verifyTransfer(endpoints);
  });
  score.add(group, !verification.equal, isPlaced(verification));
  return verification;
}

const NOTHING_ELSE = { differences: [], sequencesBehind: [], unfit: [] };

it('finds nothing in a target that nobody altered', async () => {
  const verification = await transferred.withClone(verifyTransfer);
  expect(verification).toMatchObject({ equal: true, structureRecorded: true, ...NOTHING_ELSE });
});

/** Of values that can be altered at the same time each is another one. */
function together(defects: readonly ValueDefect[]): ValueDefect[][] {
  const rounds: ValueDefect[][] = [];
  const place = ({ table, row, column }: ValueDefect) => `${table} ${row} ${column}`;
  for (const defect of defects) {
    const free = rounds.find((round) => round.every((other) => place(other) !== place(defect)));
    if (free) free.push(defect);
    else rounds.push([defect]);
  }
  return rounds;
}

/** One statement for each row, so that every expression is over the row as it was. */
function updatesOf(defects: readonly ValueDefect[], expression: (defect: ValueDefect) => string): string {
  const ofWhich = ({ table, row }: ValueDefect) => `UPDATE ${table} SET ? WHERE id = ${row}`;
  return [...new Set(defects.map(ofWhich))]
    .map((statement) => {
      const ofRow = defects.filter((defect) => ofWhich(defect) === statement);
      const set = ofRow.map((defect) => `${defect.column} = ${expression(defect)}`).join(', ');
      return statement.replace('?', () => set);
    })
    .join('; ');
}

/** Each by itself; in the short suite as many as can be put in at a time. */
const rounds = LONG ? VALUE_DEFECTS.map((defect) => [defect]) : together(VALUE_DEFECTS);

describe.concurrent('a value', () => {
  it.for(
    rounds.map((defects) => ({ name: defects.map(({ type, defect }) => `${type}: ${defect}`), defects })),
  )('$name', async ({ defects }, { expect }) => {
    const differences = defects.map(({ table, row, column, expected, actual }) => {
      return { table, key: `id=${row}`, kind: 'changed', column, expected, actual };
    });
    const verification = await transferred.withLane(
      updatesOf(defects, ({ set }) => set),
      updatesOf(
        defects,
        ({ table, column, row }) => `(SELECT ${column} FROM saved.${table} WHERE id = ${row})`,
      ),
      verifyTransfer,
    );
    for (const [i, difference] of differences.entries()) {
      const isPlaced = verification.differences.some((found) => isEqual(found, difference));
      score.add((defects[i] as ValueDefect).type, !verification.equal, isPlaced);
    }
    expect(verification).toMatchObject({ ...NOTHING_ELSE, equal: false, differences: expect.any(Array) });
    expect(verification.differences.toSorted(byPlace)).toEqual(differences.toSorted(byPlace));
  });
});

function byPlace(a: { table: string; key: string; column?: string }, b: typeof a): number {
  const place = ({ table, key, column }: typeof a) => `${table} ${key} ${column}`;
  return place(a) < place(b) ? -1 : 1;
}

describe.concurrent('rows', () => {
  it.for(rows)('$defect', async ({ sql, differences, unfit = [] }, { expect }) => {
    const isPlaced = (found: Verification) =>
      found.differences.length === differences.length &&
      differences.every((one) => found.differences.some((other) => contains(other, one)));
    const verification = await verifyAltered('rows', sql, isPlaced);
    expect(verification.equal).toBe(false);
    expect(verification).toMatchObject({ unfit, sequencesBehind: [] });
    expect(verification.differences).toHaveLength(differences.length);
    expect(verification.differences).toEqual(
      expect.arrayContaining(differences.map((difference) => expect.objectContaining(difference))),
    );
  });
});

describe.concurrent('the structure', () => {
  it.for(structure)('$kind: $defect', async ({ kind, sql, says }, { expect }) => {
    const verification = await verifyAltered(kind, sql, ({ unfit }) => unfit.includes(says));
    expect(verification.equal).toBe(false);
    expect(verification.unfit).toContain(says);
  });

  it.for(lost)('%s', async ([, sql, says], { expect }) => {
    const error = await transferred.withClone(async (endpoints, alter) => {
      await alter(sql);
      return verifyTransfer(endpoints).catch((thrown: TransferError) => thrown);
    });
    const caught = 'kind' in error && error.kind === 'differences';
    score.add('lost tables and columns', caught, caught && error.message.includes(says));
    expect(error).toMatchObject({ kind: 'differences', message: expect.stringContaining(says) });
  });

  it.for(sequences)('sequence: %s', async ([, sql, behind], { expect }) => {
    const verification = await verifyAltered('sequence behind', sql, ({ sequencesBehind }) =>
      contains(sequencesBehind[0], behind),
    );
    expect(verification).toMatchObject({ equal: false, ...NOTHING_ELSE, sequencesBehind: [behind] });
  });

  it('cannot be compared where no transfer is recorded, and says so', async () => {
    const verification = await transferred.withClone(async (endpoints, alter) => {
      await alter('DROP SCHEMA vatevo_transfer CASCADE; DROP INDEX sample_moment');
      return verifyTransfer(endpoints);
    });
    expect(verification).toMatchObject({ equal: true, structureRecorded: false });
  });

  it('may have grown', async () => {
    const verification = await transferred.withClone(async (endpoints, alter) => {
      await alter('CREATE INDEX later ON event (kind); ALTER TABLE event ADD COLUMN later int');
      return verifyTransfer(endpoints);
    });
    expect(verification).toMatchObject({ equal: true, ...NOTHING_ELSE });
  });
});

it('scores 100 %, as docs/verification.md says', async () => {
  const injected = [VALUE_DEFECTS, rows, structure, lost, sequences].flat().length;
  expect(score.total).toEqual({ injected, caught: injected, placed: injected });
  // What a sample is a part of; the long suite tries it all.
  const whole = new Score();
  const all = [
    ...VALUE_DEFECTS.map(({ type }) => type),
    ...ROW_DEFECTS.map(() => 'rows'),
    ...STRUCTURE_DEFECTS.map(({ kind }) => kind),
    ...LOST_PARTS.map(() => 'lost tables and columns'),
    ...SEQUENCE_DEFECTS.map(() => 'sequence behind'),
  ];
  for (const group of all) whole.add(group, true, true);
  // To publish a new score, put the table that this shows into the page.
  expect(await publishedSection('score')).toBe(plain(whole.table([...new Set(all)])));
});

function isEqual(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}

function contains(whole: object | undefined, part: object): boolean {
  const values = (whole ?? {}) as Record<string, unknown>;
  return Object.entries(part).every(([name, value]) => values[name] === value);
}
