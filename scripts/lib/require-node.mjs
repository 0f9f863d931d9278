/**
 * Imported first by every script: says in one sentence that Node is too old, where newer
 * syntax or a missing module would say it in a page. Keep this file readable for old Nodes.
 */
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const wanted = engines.node.replace('>=', '');

if (!isAtLeast(process.versions.node, wanted)) {
  console.error(
    `error: Vatevo needs Node ${wanted} or newer, and this is Node ${process.versions.node} (${process.execPath}): ` +
      'install a newer one (https://nodejs.org), then run the same command again.',
  );
  process.exit(2);
}

/**
 * @param {string} version such as `20.9.0`
 * @param {string} lowest such as `20.20`
 */
function isAtLeast(version, lowest) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minMajor = 0, minMinor = 0] = lowest.split('.').map(Number);
  return major > minMajor || (major === minMajor && minor >= minMinor);
}
