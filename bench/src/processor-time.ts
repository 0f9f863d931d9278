import { readOr, withChildren } from './processes.ts';

/** Linux counts in hundredths of a second, whatever its clock does (`getconf CLK_TCK`). */
const MS_A_TICK = 10;

/**
 * Milliseconds of the processor that a process and all its children have used so far, those that have ended included; 0 where
 * there is no /proc.
 */
export function processorMs(pid: number): number {
  return withChildren(pid).reduce((sum, each) => sum + ticksOf(each), 0) * MS_A_TICK;
}

function ticksOf(pid: number): number {
  const stat = readOr(`/proc/${pid}/stat`);
  // Behind the name, which may hold anything: utime, stime, and those of ended children, are the 12th to 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
}
