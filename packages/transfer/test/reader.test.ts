import { expect, it } from 'vitest';
import { FileSnapshot } from '../dist/source/sqlite/snapshot.js';
import { makePair } from './support.ts';

it('a reader refuses a second task while it is at work, and goes on with the first', async () => {
  const pair = await makePair('CREATE TABLE item (id INTEGER PRIMARY KEY)', 'CREATE TABLE item (id int)');
  const snapshot = await FileSnapshot.open(pair.file, 1);
  try {
    await snapshot.withReader(async (reader) => {
      const first = reader.run({ kind: 'integrity' });
      await expect(reader.run({ kind: 'integrity' })).rejects.toThrow(/second task/);
      expect(await first).toEqual([]);
      expect(await reader.run({ kind: 'integrity' })).toEqual([]);
    });
  } finally {
    await snapshot.close();
    await pair.drop();
  }
});
