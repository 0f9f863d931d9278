/**
 * Loaded before a package's program that turbo starts: pnpm says then that it was called from the package's folder, but
 * `.env` and paths are meant from where the workspace is.
 */
import { root } from './workspace.mjs';

process.env.INIT_CWD = root;
