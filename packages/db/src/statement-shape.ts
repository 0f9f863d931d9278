/** More of a statement helps nobody who looks for the slow one. */
const LONGEST = 2000;

/**
 * What may hold a value, or must be skipped to find one, in the order of looking: comments, texts in quotes
 * (with `E'…\'…'`), dollar-quoted texts, quoted names and parameters (kept), numbers.
 */
const PIECES =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\b[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|(?:\b[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|$)|\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)|"(?:[^"]|"")*(?:"|$)|[$@:?]\w+|\b\d\w*(?:\.\w*)?(?:e[+-]?\d+)?|\b\w+/gi;

/**
 * A statement without the values that stand in it, on one line: safe to log, and the same for calls that
 * differ in values only. Values sent as parameters are no part of a statement to begin with.
 *
 * @example
 * statementShape("SELECT * FROM t WHERE key = 'x' AND n IN (1, 2)"); // SELECT * FROM t WHERE key = ? AND n IN (?, ?)
 */
export function statementShape(text: string): string {
  // Cut before, with room to spare: a script can be megabytes long.
  const shape = text
    .slice(0, LONGEST * 4)
    .replace(PIECES, (piece) => {
      if (piece.startsWith('--') || piece.startsWith('/*')) return ' ';
      if (/^\$(?:[A-Za-z_]\w*)?\$/.test(piece)) return '?';
      if (/^(?:[a-z]|u&)?'/i.test(piece) || /^\d/.test(piece)) return '?';
      return piece;
    })
    .replace(/\s+/g, ' ')
    .trim();
  return shape.length > LONGEST ? `${shape.slice(0, LONGEST)}…` : shape;
}
