import { closeSync, existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Starts a built command line, and says what to do where it is not built. It needs nothing but Node, and no build.
 *
 * @param {string} commands what they are called, such as "the ops commands"
 * @param {URL} cli
 */
export async function start(commands, cli) {
  if (!existsSync(cli)) return fail(`${capital(commands)} are not built yet: ${BUILD}`);
  try {
    await import(cli.href);
  } catch (error) {
    if (hasTooFewFiles())
      return fail('This process may have too few files open: raise the limit (ulimit -n 1024).');
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    fail(`A package that ${commands} need is not installed or not built yet: ${BUILD}`);
  }
}

const BUILD = `run "pnpm install" and "pnpm build" in ${fileURLToPath(new URL('../../..', import.meta.url))}, then try again.`;

/** @param {string} message */
function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Node says of a module that it could not open only that it is not there. */
function hasTooFewFiles() {
  const opened = [];
  try {
    while (opened.length < 64) opened.push(openSync(process.execPath, 'r'));
    return false;
  } catch {
    return true;
  } finally {
    for (const file of opened) closeSync(file);
  }
}
