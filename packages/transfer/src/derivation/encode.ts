import { createHash } from 'node:crypto';
import type { Derivation } from './types.ts';

/** Computes a derived value from the source's text, for the copy. Verification has its own. */
export function deriver(derivation: Derivation): (text: string) => string {
  if (derivation.kind === 'sha256-hex')
    return (text) => createHash('sha256').update(text, 'utf8').digest('hex');
  return (text) => {
    const characters = Array.from(text);
    return characters
      .slice(0, Math.min(derivation.most, Math.floor(characters.length / derivation.oneIn)))
      .join('');
  };
}
