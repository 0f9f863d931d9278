import { fileURLToPath } from 'node:url';

/** The workspace's folder, seen from `bench/src` and `bench/dist` alike. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
