export { legacyMapping } from './legacy/mapping.ts';
