import { TransferError } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { sentenceOf } from '../src/transfer/next.ts';

const caller = { typed: (command: string) => `mover ${command}`, advice: { prepare: 'migrate' } };

it('says what to run next, as the caller types it', () => {
  const unfinished = new TransferError('unfinished', 'The target holds a part.', { next: 'resume' });
  expect(sentenceOf(unfinished, caller)).toBe(
    'The target holds a part: run mover transfer with the same source to resume it.',
  );
  const unfit = new TransferError('target-unfit', 'No table.', { next: 'prepare-target' });
  expect(sentenceOf(unfit, caller)).toBe('No table: bring the target up to date first (migrate).');
  expect(sentenceOf(unfit)).toBe('No table: bring the target up to date first.');
});

it('names what can be left behind, as a shell takes it', () => {
  const error = new TransferError('source-refused', 'No place.', {
    next: 'decide',
    names: ['a.b', "it's c"],
  });
  expect(sentenceOf(error, caller)).toContain(`--leave-behind a.b --leave-behind 'it'\\''s c'`);
});

it('leaves a sentence alone that says it all', () => {
  expect(sentenceOf(new TransferError('locked', 'Wait.'), caller)).toBe('Wait.');
});
