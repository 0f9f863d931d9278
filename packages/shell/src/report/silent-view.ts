import type { ProgressView } from './progress.ts';
import type { View } from './view.ts';

const nothing = () => {};
const noProgress: ProgressView = { update: nothing, stop: nothing };

/** Shows nothing: the report is printed whole at the end (`--json`). */
export const silentView: View = {
  stepStarted: nothing,
  stepEnded: nothing,
  note: nothing,
  warning: nothing,
  table: nothing,
  screen: nothing,
  progress: () => noProgress,
  summary: nothing,
};
