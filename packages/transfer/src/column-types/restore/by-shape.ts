import type { Forms } from './types.ts';

/** The forms of texts by what they have in common, and those of numbers where a column has a policy for them. */
export function formsOfEither(
  ofText: (text: string) => readonly string[],
  numbers: Forms | undefined,
): Pick<Forms, 'byClass' | 'of'> {
  return {
    byClass: false,
    of: (stored) => (typeof stored === 'string' ? ofText(stored) : (numbers?.of(stored) ?? [])),
  };
}

/**
 * Remembers the forms of texts by what they have in common.
 *
 * @param shapeOf the same for texts that are of the same forms
 */
export function byShape(
  shapeOf: (text: string) => string,
  formsOf: (text: string) => readonly string[],
): (text: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (text) => {
    const shape = shapeOf(text);
    const found = known.get(shape) ?? formsOf(text);
    known.set(shape, found);
    return found;
  };
}
