import { columnType, type Family as ValueFamily } from '@vatevo/transfer/column-types';
import type { TargetType } from '@vatevo/transfer/plan';

/** A column that an expression may be on. */
export interface ExpressionColumn {
  /** In the file. */
  readonly source: string;
  /** In PostgreSQL. */
  readonly name: string;
  readonly type: TargetType;
  /** Whether its texts are compared in another way than byte by byte. */
  readonly isCollated: boolean;
  /** Whether the file stores its values as what the type says they are. */
  readonly isStoredAlike: boolean;
}

export interface Translation {
  readonly sql: string;
  readonly family: Family;
  /** By their names in the file. */
  readonly columns: readonly string[];
  /** The type itself, where its family has several that are not one another's. */
  readonly type: string | undefined;
  /** Whether doubles are computed with: PostgreSQL refuses a result that is infinite. */
  readonly mayOverflow: boolean;
}

/** What a part of an expression is: what a column's values are, or NULL. */
type Family = ValueFamily | 'null';

export function familyOfType(type: TargetType): ValueFamily {
  return columnType(type).traits.family;
}

/** Both databases are not sure to make the same of it. */
export class NotSure extends Error {}

/** A part of an expression, in the SQL of PostgreSQL. */
export interface Node {
  readonly sql: string;
  readonly family: Family;
  /** The number or text itself, where it is written out. */
  readonly literal?: string;
  readonly isCollated?: boolean;
  /** The type itself, where its family has several that are not one another's. */
  readonly type?: string;
  /** Of an integer: it is within 64 bits. */
  readonly isSmall?: boolean;
}

/** Digits of a decimal that a double keeps. */
const EXACT_DIGITS = 15;

export function number(text: string): Node {
  if (/^\d+$/.test(text) && BigInt(text) < 2n ** 63n) {
    return { sql: text, family: 'integer', literal: text, isSmall: true };
  }
  const digits = /^(\d*)\.(\d+)$/.exec(text);
  if (digits === null || text.length > EXACT_DIGITS) throw new NotSure();
  return { sql: text, family: 'double', literal: text };
}

/** What each is called that trims of both ends, or of one. */
export const TRIMS = { trim: 'btrim', ltrim: 'ltrim', rtrim: 'rtrim' } as const;

/** Functions of several values, of which the first is a text. */
export function ofTexts(name: string, given: readonly Node[]): Node {
  const sql = given.map((node) => node.sql).join(', ');
  const [text, ...others] = given as [Node, ...Node[]];
  const { isCollated = false } = text;
  const areTexts = (count: number) =>
    given.length === count && given.every(({ family }) => family === 'text');
  switch (name) {
    case 'substr':
    case 'substring': {
      // Before the first character SQLite counts from the end.
      const isPlace = ({ literal = '' }: Node, i: number) =>
        /^\d{1,9}$/.test(literal) && (i > 0 || literal !== '0');
      if (text.family !== 'text' || others.length > 2 || !others.every(isPlace)) throw new NotSure();
      return { sql: `substr(${sql})`, family: 'text', isCollated };
    }
    case 'instr':
      if (!areTexts(2)) throw new NotSure();
      return { sql: `strpos(${sql})`, family: 'integer', isSmall: true };
    case 'replace':
      // Where nothing is to be replaced, SQLite does not look at what comes in its place, which may be NULL.
      if (!areTexts(3) || !(others[0]?.literal || others[1]?.literal !== undefined)) throw new NotSure();
      return { sql: `replace(${sql})`, family: 'text', isCollated };
    case 'trim':
    case 'ltrim':
    case 'rtrim':
      if (!areTexts(2)) throw new NotSure();
      return { sql: `${TRIMS[name]}(${sql})`, family: 'text', isCollated };
    default:
      throw new NotSure();
  }
}

/** Whether PostgreSQL makes no other value of any of them where they may stand for one another. */
export function areAlike(nodes: readonly Node[]): boolean {
  const [first] = nodes;
  return nodes.every(({ family, type }) => family === first?.family && type === first.type);
}

/** What a part is that may be any of several that are alike. */
export function result({ family, type }: Node): Pick<Node, 'family' | 'type'> {
  return { family, ...(type !== undefined && { type }) };
}

/** The value itself, of which PostgreSQL takes a fraction that is written out for a decimal. */
export function exact({ sql, family, literal }: Node): string {
  return family === 'double' && literal !== undefined ? `${sql}::double precision` : sql;
}

/** The value of the first condition that is true. */
export function chosen(whens: readonly { when: Node; value: Node }[], otherwise: Node): Node {
  const values = [...whens.map(({ value }) => value), otherwise];
  const known = values.filter(({ family }) => family !== 'null');
  const [first] = known;
  if (whens.length === 0 || first === undefined || !areAlike(known)) throw new NotSure();
  const branches = whens.map(({ when, value }) => `WHEN ${when.sql} THEN ${exact(value)}`);
  return {
    ...result(first),
    sql: `(CASE ${branches.join(' ')} ELSE ${exact(otherwise)} END)`,
    isCollated: values.some(({ isCollated = false }) => isCollated),
    isSmall: values.every(({ family: of, isSmall = false }) => of === 'null' || isSmall),
  };
}

/** Whole numbers by one that is written out and is not zero: both cut off what is behind the point. */
export function divide(left: Node, operator: string, right: Node): Node {
  if (left.family !== 'integer' || !left.isSmall || !/^[1-9]\d*$/.test(right.literal ?? ''))
    throw new NotSure();
  return { sql: `(${left.sql} ${operator} ${right.sql})`, family: 'integer', isSmall: true };
}

export function truth(node: Node): Node {
  if (node.family !== 'boolean') throw new NotSure();
  return node;
}

export function logical(left: Node, operator: string, right: Node): Node {
  return { sql: `(${truth(left).sql} ${operator} ${truth(right).sql})`, family: 'boolean' };
}

export function isNull({ sql }: Node, not: string): Node {
  return { sql: `(${sql} IS ${not}NULL)`, family: 'boolean' };
}

export function compare(left: Node, operator: string, right: Node): Node {
  const isEquality = operator === '=' || operator === '<>';
  const result = (one: string, other: string): Node => ({
    sql: `(${one} ${operator} ${other})`,
    family: 'boolean',
  });
  if (left.family === 'text' && right.family === 'text') {
    // Neither the collation of the file nor that of the database is to have a say.
    if (left.isCollated || right.isCollated) throw new NotSure();
    return result(isEquality ? left.sql : `${left.sql} COLLATE "C"`, right.sql);
  }
  if (left.family === 'boolean' && isEquality) {
    const word = right.literal === '0' ? 'false' : right.literal === '1' ? 'true' : undefined;
    if (word !== undefined) return result(left.sql, word);
  }
  if (!areComparable(left, right)) throw new NotSure();
  return result(left.sql, right.sql);
}

/** Numbers of one kind; a literal is exact in each. */
function areComparable(left: Node, right: Node): boolean {
  const isNumber = ({ family }: Node) => ['integer', 'decimal', 'double'].includes(family);
  if (!isNumber(left) || !isNumber(right)) return false;
  if (left.family === right.family) return true;
  const isSmall = ({ literal }: Node) => literal !== undefined && literal.length <= EXACT_DIGITS;
  return isSmall(left) || isSmall(right) || [left, right].every(({ family }) => family !== 'double');
}

export function compute(left: Node, operator: string, right: Node): Node {
  const families = [left.family, right.family];
  if (families.every((family) => family === 'integer')) {
    // An integer of PostgreSQL would overflow where SQLite counts on.
    return { sql: `(${left.sql}::numeric ${operator} ${right.sql})`, family: 'integer' };
  }
  if (
    families.includes('double') &&
    families.every((family) => family === 'double' || family === 'integer')
  ) {
    return { sql: `(${exact(left)} ${operator} ${exact(right)})`, family: 'double' };
  }
  throw new NotSure();
}

/** Of texts and integers of 64 bits: SQLite writes other numbers in its own way. */
export function asText({ sql, family, isSmall = false }: Node): string {
  if (family === 'text') return sql;
  if (family === 'integer' && isSmall) return `(${sql})::text`;
  throw new NotSure();
}
