import { wrongClass } from '../encode/storage-class.ts';
import type { Encode } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

export function encodeNothing(type: TargetType): Encode {
  return (value) => wrongClass(value, type);
}
