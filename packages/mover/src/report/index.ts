export { formatBytes } from './bytes.ts';
export { formatDuration } from './duration.ts';
export { formatCount } from './progress.ts';
export { type ReportDocument, Reporter } from './reporter.ts';
export { silentView } from './silent-view.ts';
