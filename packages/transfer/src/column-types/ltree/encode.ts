import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

/** What every server from 14 on takes, whatever its locale: later ones take hyphens and longer labels, too. */
const PATH = /^(?:[A-Za-z0-9_]{1,255}(?:\.[A-Za-z0-9_]{1,255})*)?$/;
/** LTREE_MAX_LEVELS. */
const MAX_LABELS = 65_535;
/** Of the binary form (contrib/ltree/ltree_io.c). */
const VERSION = 1;

/** ltree: labels with points between them. */
export function encodeLtree(type: TargetType): Encode {
  return (value, out) => {
    if (typeof value !== 'string') return wrongClass(value, type);
    if (!PATH.test(value)) return 'no path of labels of A to Z, a to z, 0 to 9 and _ with points between';
    if (value.split('.').length > MAX_LABELS) return `a path of more than ${MAX_LABELS} labels`;
    out.bytesField(Buffer.concat([Uint8Array.of(VERSION), Buffer.from(value, 'latin1')]));
    return undefined;
  };
}
