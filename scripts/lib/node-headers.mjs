import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Tells node-gyp where the C headers of this Node are, when they came with it, as they do in most
 * ways to install Node. It would fetch them from nodejs.org otherwise, which is one host more than
 * the package registry.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function withNodeHeaders(env, program = process.execPath) {
  if (env.npm_config_nodedir) return env;
  const folder = dirname(dirname(program));
  try {
    const header = readFileSync(join(folder, 'include', 'node', 'node_version.h'), 'utf8');
    const [major, minor] = ['MAJOR', 'MINOR'].map(
      (part) => new RegExp(`#define NODE_${part}_VERSION (\\d+)`).exec(header)?.[1],
    );
    // Several Nodes can share a folder over time; headers of another one would compile, and crash.
    if (!process.versions.node.startsWith(`${major}.${minor}.`)) return env;
    return { ...env, npm_config_nodedir: folder };
  } catch {
    return env;
  }
}
