import type { DefElem, Node } from 'libpg-query';
import { textOf } from './schema/names.ts';

/** Set, and not set to off: `REINDEX (CONCURRENTLY)`, `VACUUM (FULL off)`. */
export function hasOption(options: readonly Node[] | undefined, name: string): boolean {
  return (options ?? []).some(
    (node) => 'DefElem' in node && node.DefElem.defname === name && isOn(node.DefElem),
  );
}

function isOn({ arg }: DefElem): boolean {
  if (!arg) return true;
  if ('Integer' in arg) return (arg.Integer.ival ?? 0) !== 0;
  if ('Boolean' in arg) return arg.Boolean.boolval === true;
  return !['off', 'false', '0', 'no'].includes((textOf(arg) ?? '').toLowerCase());
}
