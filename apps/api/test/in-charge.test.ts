import type { FileReading, ServerReading } from '@vatevo/db';
import { describe, expect, it } from 'vitest';
import { inCharge, mayChange } from '../src/database/in-charge.ts';

const THIS = '1:7';
const OTHER = '1:8';

/** `none`: no record; `missing` and `away`: no file, and nothing that could be read. */
function file(state: string): FileReading {
  if (state === 'missing' || state === 'away')
    return { ok: false, missing: state === 'missing', message: 'away' };
  const record = state === 'none' ? null : { move: 'm', state, returnFile: null };
  return { ok: true, record, identity: THIS };
}

function server(state: string, returnFile: string | null = null): ServerReading {
  if (state === 'away') return { ok: false, message: 'away' };
  return { ok: true, record: state === 'none' ? null : { move: 'm', state, returnFile } };
}

describe('the database in charge', () => {
  it.each([
    // There: every pair of states that a move passes through, in its order.
    ['none', 'none', 'file'],
    ['none', 'claimed', 'file'],
    ['capturing', 'claimed', 'file'],
    ['capturing', 'moving', 'file'],
    ['fenced', 'moving', 'file'],
    ['fenced', 'serving', 'server'],
    ['left', 'serving', 'server'],
    ['left', 'closed', 'server'],
    // Given up.
    ['capturing', 'aborting', 'file'],
    ['fenced', 'aborting', 'file'],
    ['open', 'aborting', 'file'],
    // Back.
    ['left', 'fenced', 'server'],
    ['open', 'fenced', 'file'],
    ['none', 'fenced', 'file'],
    ['none', 'returned', 'file'],
    ['open', 'returned', 'file'],
    // There again; a killed command may have left a capture behind.
    ['none', 'claimed', 'file'],
    ['capturing', 'fenced', 'file'],
    ['capturing', 'returned', 'file'],
    // Files that PostgreSQL knows better than.
    ['missing', 'serving', 'server'],
    ['none', 'serving', 'server'],
    ['away', 'closed', 'server'],
    ['missing', 'fenced', 'server'],
    ['missing', 'none', 'file'],
    // What cannot be read.
    ['none', 'away', 'unknown'],
    ['fenced', 'away', 'unknown'],
    ['left', 'away', 'unknown'],
    ['missing', 'away', 'unknown'],
    ['capturing', 'away', 'file'],
    ['away', 'none', 'file'],
    ['away', 'returned', 'file'],
    ['away', 'fenced', 'unknown'],
    // What does not belong together.
    ['left', 'none', 'neither'],
    ['left', 'claimed', 'neither'],
    ['left', 'returned', 'neither'],
    ['missing', 'returned', 'neither'],
  ])('with the file %s and PostgreSQL %s: %s', (fileState, serverState, side) => {
    expect(inCharge(file(fileState), server(serverState, THIS)).side).toBe(side);
  });

  it('is no file but the one that PostgreSQL was handed back to', () => {
    expect(inCharge(file('none'), server('fenced', OTHER)).side).toBe('server');
    expect(inCharge(file('none'), server('returned', OTHER))).toMatchObject({
      side: 'neither',
      why: { ready: false, message: expect.stringContaining('DATABASE_URL') },
    });
  });

  it('is looked at more often while it may change', () => {
    const next = (fileState: string, serverState: string) => mayChange(file(fileState), server(serverState));
    expect([next('fenced', 'moving'), next('fenced', 'away'), next('left', 'fenced')]).toEqual(
      Array(3).fill('now'),
    );
    expect([next('capturing', 'moving'), next('left', 'serving')]).toEqual(['soon', 'soon']);
    expect([next('none', 'none'), next('left', 'closed'), next('none', 'returned')]).toEqual(
      Array(3).fill('later'),
    );
  });
});
