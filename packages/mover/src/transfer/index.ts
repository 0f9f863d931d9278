export type { Format, Formats } from './formats.ts';
export { verifyReportPage } from './report-page/render.ts';
export { recogniseSource } from './source.ts';
