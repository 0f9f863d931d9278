/** The steps that a transfer is made of, for who makes another one of them: a move of a live database. */
export { refused } from '../errors.ts';
export { ProgressMeter } from '../progress.ts';
export type {
  LogPlace,
  PlannedTable,
  PointedRows,
  RowChecksums,
  SourceReader,
  SourceView,
} from '../source/source.ts';
export { isReadToEnd } from '../source/steps.ts';
export type { Run, Target, TargetCatalog } from '../target/target.ts';
export { type ApplyOptions, applyChanges } from './apply.ts';
export { beginRun, refuseRows, runStartNow } from './begin.ts';
export { changedRowids, checksumAll, type Rowid, toRowid } from './checksum.ts';
export { ChecksumFile, type TableChecksums } from './checksum-file.ts';
export {
  ComparedKeys,
  type Comparison,
  compareAll,
  compareChanges,
  compareRowids,
  compareTable,
  type DifferingRow,
  showDifferences,
  type Unchanged,
  unchangedInFile,
} from './compare.ts';
export { copy } from './copy.ts';
export { findDifferences } from './differences.ts';
export { refuseObstacles, unfit } from './fitness.ts';
export { inspect } from './inspect.ts';
export {
  describeOtherRows,
  differingColumns,
  findOtherRows,
  type OtherRows,
  refuseOtherRows,
} from './kept-rows.ts';
export { readLoggedKeys } from './logged-keys.ts';
export { prepare } from './prepare.ts';
export { findSeeded, type SeededTable } from './seeded.ts';
export { describeUnread, findUnread, markUnread, refuseUnread } from './unread-values.ts';
