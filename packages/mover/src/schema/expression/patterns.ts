import { foldName } from '@vatevo/sqlite-sql';

/** A pattern of SQLite's LIKE for PostgreSQL's, whose escape is a backslash; undefined where that is not sure. */
export function likePattern(pattern: string, escaping: string | undefined): string | undefined {
  // A letter is folded before it is compared with the escape.
  if (escaping !== undefined && ([...escaping].length !== 1 || /[\p{L}%_]/u.test(escaping))) return undefined;
  let written = '';
  const left = [...foldName(pattern)];
  for (let i = 0; i < left.length; i++) {
    const character = left[i] as string;
    if (character !== escaping) {
      written += character === '\\' ? '\\\\' : character;
      continue;
    }
    const literal = left[++i];
    if (literal === undefined) return undefined;
    written += /[%_\\]/.test(literal) ? `\\${literal}` : literal;
  }
  return written;
}

/** A pattern of SQLite's GLOB as a regular expression of PostgreSQL's (an ARE); undefined where that is not sure. */
export function globPattern(pattern: string): string | undefined {
  const left = [...pattern];
  let written = '^';
  for (let i = 0; i < left.length; i++) {
    const character = left[i] as string;
    if (character === '*') written += '.*';
    else if (character === '?') written += '.';
    else if (character === '[') {
      const found = set(left, i + 1);
      if (found === undefined) return undefined;
      written += found.written;
      i = found.end;
    } else written += escaped(character, /[.^$+(){}|\]\\]/);
  }
  return `${written}$`;
}

/** A set in brackets. @returns what it is written as, and where it ends */
function set(left: readonly string[], from: number): { written: string; end: number } | undefined {
  const isNot = left[from] === '^';
  const parts: string[] = [];
  const first = isNot ? from + 1 : from;
  for (let i = first; i < left.length; i++) {
    const lowest = left[i] as string;
    if (lowest === ']' && i > first) return { written: `[${isNot ? '^' : ''}${parts.join('')}]`, end: i };
    const highest = left[i + 2];
    const mayBegin = lowest !== ']';
    if (mayBegin && left[i + 1] === '-' && highest !== undefined && highest !== ']') {
      if ((lowest.codePointAt(0) ?? 0) > (highest.codePointAt(0) ?? 0)) return undefined;
      parts.push(`${ofSet(lowest)}-${ofSet(highest)}`);
      i += 2;
    } else parts.push(ofSet(lowest));
  }
  return undefined;
}

const ofSet = (character: string) => escaped(character, /[\\[\]^-]/);

function escaped(character: string, special: RegExp): string {
  return special.test(character) ? `\\${character}` : character;
}
