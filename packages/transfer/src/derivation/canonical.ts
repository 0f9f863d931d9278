import { createHash } from 'node:crypto';
import type { Derivation } from './types.ts';

/** Computes a derived value a second time, for the proof. */
export function derived(derivation: Derivation, text: string): string {
  if (derivation.kind === 'sha256-hex') return createHash('sha256').update(Buffer.from(text)).digest('hex');
  const characters = [...text];
  let keep = 0;
  while (keep < derivation.most && (keep + 1) * derivation.oneIn <= characters.length) keep++;
  return characters.slice(0, keep).join('');
}
