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
