import type { StageSeconds, TransferReport } from '@vatevo/transfer';
import { sourceRows } from './verdict.ts';

export interface StageTime {
  readonly title: string;
  readonly seconds: number;
  /** Rows that went through; undefined for a stage that does not work on rows. */
  readonly rows: number | undefined;
}

const TITLES: Readonly<Record<keyof StageSeconds, string>> = {
  inspect: 'Inspect',
  copy: 'Copy',
  finalize: 'Indexes and keys',
  verify: 'Verify',
};

/** The stages that this call ran, in their order. */
export function stageTimes({ seconds, inspection, copied, verification }: TransferReport): StageTime[] {
  const rows: Record<keyof StageSeconds, number | undefined> = {
    inspect: inspection?.tables.reduce((sum, table) => sum + table.rows, 0),
    copy: copied.rows,
    finalize: undefined,
    verify: verification && sourceRows(verification),
  };
  const stages = Object.keys(TITLES) as (keyof StageSeconds)[];
  return stages.flatMap((stage) => {
    const taken = seconds[stage];
    return taken === undefined ? [] : [{ title: TITLES[stage], seconds: taken, rows: rows[stage] }];
  });
}

export function totalSeconds(report: TransferReport): number {
  return stageTimes(report).reduce((sum, { seconds }) => sum + seconds, 0);
}
