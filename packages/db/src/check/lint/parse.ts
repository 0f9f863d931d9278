import { hasSqlDetails, loadModule, type Node, parseSync, scanSync } from 'libpg-query';

/** A statement of a migration. */
export interface Statement {
  readonly node: Node;
  /** The line on which it begins, counted from 1. */
  readonly line: number;
}

/** A comment to the end of the line, without its dashes. */
export interface Comment {
  readonly text: string;
  readonly line: number;
  /** Nothing but white space stands before it on its line. */
  readonly isAlone: boolean;
}

export interface ParsedScript {
  readonly statements: readonly Statement[];
  readonly comments: readonly Comment[];
}

/** Why a script cannot be parsed, in the parser's words. */
export interface ParseFailure {
  readonly line: number;
  readonly message: string;
}

/** Parses a script as PostgreSQL 18 does: the grammar is the server's own. */
export async function parseScript(script: string): Promise<ParsedScript | ParseFailure> {
  await loadModule();
  // The parser would take what comes before a NUL for the whole script.
  const nul = script.indexOf('\0');
  if (nul >= 0) return { line: lineOf(script.slice(0, nul)), message: 'a NUL character' };
  // An empty text it refuses.
  if (script.trim() === '') return { statements: [], comments: [] };
  try {
    const bytes = Buffer.from(script);
    const { stmts = [] } = parseSync(script);
    return {
      statements: stmts.flatMap(({ stmt, stmt_location = 0 }) =>
        stmt ? [{ node: stmt, line: lineOf(bytes.toString('utf8', 0, stmt_location)) }] : [],
      ),
      comments: readComments(script, bytes),
    };
  } catch (error) {
    if (!hasSqlDetails(error)) throw error;
    // The position counts characters, not the halves that JavaScript counts.
    const before = [...script].slice(0, error.sqlDetails?.cursorPosition ?? 0).join('');
    return { line: lineOf(before), message: error.message };
  }
}

/** The scanner tells comments from strings that look like one. */
function readComments(script: string, bytes: Buffer): Comment[] {
  return scanSync(script)
    .tokens.filter(({ tokenName }) => tokenName === 'SQL_COMMENT')
    .map(({ start, text }) => {
      const before = bytes.toString('utf8', 0, start);
      return {
        text: text.replace(/^--/, '').trim(),
        line: lineOf(before),
        isAlone: /(^|\n)\s*$/.test(before),
      };
    });
}

function lineOf(before: string): number {
  return before.split('\n').length;
}
