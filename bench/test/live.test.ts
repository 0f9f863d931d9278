import { expect, it } from 'vitest';
import { legacyFile } from '../src/generate-legacy.ts';
import { liveTable, measureLive } from '../src/live/measure.ts';
import { Testbed } from '../src/transfer/testbed.ts';

it.runIf(process.env.VATEVO_TEST_LONG === '1')(
  'sets the start of a live move against the transfer of the same file',
  async () => {
    const testbed = await Testbed.open(await legacyFile(0.001));
    try {
      const turns = await measureLive(testbed, { runs: 1, writes: 20, journals: ['wal'], aloneMs: 200 });
      const table = liveTable(turns).split('\n');
      expect(table).toHaveLength(3);
      expect(table[1]).toMatch(/^transfer +\d+\.\d +1\.00/);
      expect(table[2]).toMatch(/^live, wal +\d+\.\d +\d+\.\d\d .*\d$/);
      expect(turns[0]?.live.get('wal')?.beside.length).toBeGreaterThan(0);
    } finally {
      await testbed.close();
    }
  },
);
