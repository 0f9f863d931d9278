import { quoteName, quoteText } from '@vatevo/transfer';
import { columnType, type Family as ValueFamily } from '@vatevo/transfer/column-types';
import { foldName, type TargetType } from '@vatevo/transfer/plan';
import { isSymbol, isWord, type Token, tokenize } from '../file/tokens.ts';
import { globPattern, likePattern } from './patterns.ts';

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
  /** Whether doubles are computed with: PostgreSQL refuses a result that is infinite. */
  readonly mayOverflow: boolean;
}

/** What a part of an expression is: what a column's values are, or NULL. */
export type Family = ValueFamily | 'null';

export function familyOfType(type: TargetType): ValueFamily {
  return columnType(type).traits.family;
}

/**
 * An expression of SQLite's in the SQL of PostgreSQL; undefined unless both are sure to make the same of every row.
 * So patterns and divisors are written out (SQLite divides by zero, and makes NULL of it), and no number is compared with a
 * text.
 */
export function translate(sql: string, columns: readonly ExpressionColumn[]): Translation | undefined {
  const parser = new Parser(tokenize(sql), columns);
  try {
    return parser.whole();
  } catch (error) {
    if (error instanceof NotSure) return undefined;
    throw error;
  }
}

class NotSure extends Error {}

interface Node {
  readonly sql: string;
  readonly family: Family;
  /** The number or text itself, where it is written out. */
  readonly literal?: string;
  readonly isCollated?: boolean;
  /** Of an integer: it is within 64 bits. */
  readonly isSmall?: boolean;
}

/** Digits of a decimal that a double keeps. */
const EXACT_DIGITS = 15;

class Parser {
  readonly #tokens: readonly Token[];
  readonly #columns: readonly ExpressionColumn[];
  readonly #used = new Set<string>();
  #at = 0;
  #mayOverflow = false;

  constructor(tokens: readonly Token[], columns: readonly ExpressionColumn[]) {
    this.#tokens = tokens;
    this.#columns = columns;
  }

  whole(): Translation {
    const { sql, family } = this.#or();
    if (this.#at < this.#tokens.length) throw new NotSure();
    return { sql, family, columns: [...this.#used], mayOverflow: this.#mayOverflow };
  }

  #or(): Node {
    let left = this.#and();
    while (this.#word('OR')) left = logical(left, 'OR', this.#and());
    return left;
  }

  #and(): Node {
    let left = this.#not();
    while (this.#word('AND')) left = logical(left, 'AND', this.#not());
    return left;
  }

  #not(): Node {
    if (!this.#word('NOT')) return this.#equality();
    return { sql: `(NOT ${truth(this.#not()).sql})`, family: 'boolean' };
  }

  #equality(): Node {
    let left = this.#order();
    for (;;) {
      const operator = this.#symbol('=', '==', '<>', '!=');
      if (operator !== undefined) {
        left = compare(left, operator.startsWith('=') ? '=' : '<>', this.#order());
      } else if (this.#word('ISNULL')) left = isNull(left, '');
      else if (this.#word('NOTNULL')) left = isNull(left, 'NOT ');
      else if (this.#word('IS')) {
        const not = this.#word('NOT') ? 'NOT ' : '';
        if (!this.#word('NULL')) throw new NotSure();
        left = isNull(left, not);
      } else if (this.#word('NOT')) {
        if (this.#word('NULL')) left = isNull(left, 'NOT ');
        else
          left = { sql: `(NOT ${(this.#matched(left) ?? this.#listOrRange(left)).sql})`, family: 'boolean' };
      } else if (isWord(this.#next, 'IN') || isWord(this.#next, 'BETWEEN')) left = this.#listOrRange(left);
      else {
        const matched = this.#matched(left);
        if (matched === undefined) return left;
        left = matched;
      }
    }
  }

  /** LIKE, which knows no case from A to Z, and GLOB, which does; whatever the column's collation. */
  #matched(left: Node): Node | undefined {
    const isLike = this.#word('LIKE');
    if (!isLike && !this.#word('GLOB')) return undefined;
    const written = this.#order();
    const escaping = this.#word('ESCAPE') ? this.#order() : undefined;
    if ([left, written, ...(escaping ? [escaping] : [])].some(({ family }) => family !== 'text'))
      throw new NotSure();
    if (written.literal === undefined || (escaping && (escaping.literal === undefined || !isLike)))
      throw new NotSure();
    const pattern = isLike ? likePattern(written.literal, escaping?.literal) : globPattern(written.literal);
    if (pattern === undefined) throw new NotSure();
    const sql = isLike
      ? `(lower(${left.sql} COLLATE "C") LIKE ${quoteText(pattern)})`
      : `(${left.sql} COLLATE "C" ~ ${quoteText(pattern)})`;
    return { sql, family: 'boolean' };
  }

  #listOrRange(left: Node): Node {
    if (this.#word('BETWEEN')) {
      const lowest = this.#order();
      if (!this.#word('AND')) throw new NotSure();
      return logical(compare(left, '>=', lowest), 'AND', compare(left, '<=', this.#order()));
    }
    if (!this.#word('IN') || this.#symbol('(') === undefined) throw new NotSure();
    const found: Node[] = [];
    do found.push(compare(left, '=', this.#order()));
    while (this.#symbol(',') !== undefined);
    this.#close();
    return { sql: `(${found.map(({ sql }) => sql).join(' OR ')})`, family: 'boolean' };
  }

  #order(): Node {
    let left = this.#sum();
    for (;;) {
      const operator = this.#symbol('<', '<=', '>', '>=');
      if (operator === undefined) return left;
      left = compare(left, operator, this.#sum());
    }
  }

  #sum(): Node {
    let left = this.#product();
    for (;;) {
      const operator = this.#symbol('+', '-');
      if (operator === undefined) return left;
      left = this.#compute(left, operator, this.#product());
    }
  }

  #product(): Node {
    let left = this.#joined();
    for (;;) {
      const operator = this.#symbol('*', '/', '%');
      if (operator === undefined) return left;
      const right = this.#joined();
      left = operator === '*' ? this.#compute(left, '*', right) : divide(left, operator, right);
    }
  }

  #compute(left: Node, operator: string, right: Node): Node {
    const result = compute(left, operator, right);
    if (result.family === 'double') this.#mayOverflow = true;
    return result;
  }

  #joined(): Node {
    let left = this.#signed();
    while (this.#symbol('||') !== undefined) {
      left = { sql: `(${asText(left)} || ${asText(this.#signed())})`, family: 'text' };
    }
    return left;
  }

  #signed(): Node {
    if (this.#symbol('-') === undefined) return this.#value();
    const value = this.#value();
    if (value.literal === undefined) throw new NotSure();
    return { ...value, sql: `(-${value.sql})`, literal: `-${value.literal}` };
  }

  #value(): Node {
    const token = this.#next;
    if (token === undefined) throw new NotSure();
    this.#at++;
    if (isSymbol(token, '(')) {
      const inside = this.#or();
      this.#close();
      return inside;
    }
    if (token.kind === 'number') return number(token.text);
    if (token.kind === 'string') return { sql: quoteText(token.text), family: 'text', literal: token.text };
    if (isWord(token, 'NULL')) return { sql: 'NULL', family: 'null' };
    if (isWord(token, 'CASE')) return this.#case();
    if (isWord(token, 'CAST') && isSymbol(this.#next, '(')) return this.#cast();
    if (token.kind === 'word' && isSymbol(this.#next, '(')) return this.#call(token.text.toLowerCase());
    if (token.kind !== 'word' && token.kind !== 'name') throw new NotSure();
    // A table's name may stand in front.
    if (this.#symbol('.') !== undefined) {
      const column = this.#next;
      this.#at++;
      return this.#column(column?.text);
    }
    return this.#column(token.text);
  }

  #column(name: string | undefined): Node {
    const column = this.#columns.find(
      ({ source }) => name !== undefined && foldName(source) === foldName(name),
    );
    if (column === undefined) throw new NotSure();
    this.#used.add(column.source);
    const family = column.isStoredAlike ? familyOfType(column.type) : 'other';
    return {
      sql: quoteName(column.name),
      family,
      isCollated: column.isCollated,
      isSmall: family === 'integer',
    };
  }

  #case(): Node {
    const base = isWord(this.#next, 'WHEN') ? undefined : this.#or();
    const whens: { when: Node; value: Node }[] = [];
    while (this.#word('WHEN')) {
      const when = this.#or();
      if (!this.#word('THEN')) throw new NotSure();
      whens.push({ when: base ? compare(base, '=', when) : truth(when), value: this.#or() });
    }
    const otherwise: Node = this.#word('ELSE') ? this.#or() : { sql: 'NULL', family: 'null' };
    if (!this.#word('END')) throw new NotSure();
    return chosen(whens, otherwise);
  }

  #cast(): Node {
    this.#symbol('(');
    const value = this.#or();
    const type = this.#word('AS') ? this.#next?.text.toUpperCase() : undefined;
    this.#at++;
    this.#close();
    if (type === 'TEXT' && value.family === 'text') return value;
    if (value.family !== 'integer' || !value.isSmall) throw new NotSure();
    switch (type) {
      case 'INTEGER':
        return value;
      case 'TEXT':
        return { sql: `(${value.sql})::text`, family: 'text' };
      case 'REAL':
        return { sql: `(${value.sql})::double precision`, family: 'double' };
      default:
        throw new NotSure();
    }
  }

  #call(name: string): Node {
    this.#symbol('(');
    const given: Node[] = [];
    if (!isSymbol(this.#next, ')')) {
      do given.push(this.#or());
      while (this.#symbol(',') !== undefined);
    }
    this.#close();
    const [first] = given;
    if (first === undefined) throw new NotSure();
    if (name === 'coalesce' || name === 'ifnull') {
      if (given.some(({ family }) => family !== first.family)) throw new NotSure();
      return {
        sql: `coalesce(${given.map(({ sql }) => sql).join(', ')})`,
        family: first.family,
        isCollated: given.some(({ isCollated = false }) => isCollated),
      };
    }
    const [, second, third] = given;
    if (name === 'iif' && second && third && given.length === 3)
      return chosen([{ when: truth(first), value: second }], third);
    if (name === 'nullif' && second?.family === first.family && given.length === 2) {
      compare(first, '=', second);
      return { ...first, sql: `nullif(${first.sql}, ${second.sql})` };
    }
    if (given.length > 1) return ofTexts(name, given);
    if (name === 'json_valid' && first.family === 'json') {
      // Whatever such a column holds is JSON; of NULL it is not known.
      return { sql: `NULLIF(${first.sql} IS NOT NULL, false)`, family: 'boolean' };
    }
    if (name === 'abs' && first.family === 'double') return { sql: `abs(${first.sql})`, family: 'double' };
    if (first.family !== 'text') throw new NotSure();
    switch (name) {
      case 'length':
        return { sql: `length(${first.sql})`, family: 'integer', isSmall: true };
      case 'lower':
      case 'upper':
        // SQLite knows the letters A to Z.
        return {
          sql: `${name}(${first.sql} COLLATE "C")`,
          family: 'text',
          isCollated: first.isCollated ?? false,
        };
      case 'trim':
      case 'ltrim':
      case 'rtrim':
        return {
          sql: `${TRIMS[name]}(${first.sql}, ' ')`,
          family: 'text',
          isCollated: first.isCollated ?? false,
        };
      default:
        throw new NotSure();
    }
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #word(word: string): boolean {
    if (!isWord(this.#next, word)) return false;
    this.#at++;
    return true;
  }

  #symbol(...texts: readonly string[]): string | undefined {
    const text = texts.find((each) => isSymbol(this.#next, each));
    if (text !== undefined) this.#at++;
    return text;
  }

  #close(): void {
    if (this.#symbol(')') === undefined) throw new NotSure();
  }
}

function number(text: string): Node {
  if (/^\d+$/.test(text) && BigInt(text) < 2n ** 63n) {
    return { sql: text, family: 'integer', literal: text, isSmall: true };
  }
  const digits = /^(\d*)\.(\d+)$/.exec(text);
  if (digits === null || text.length > EXACT_DIGITS) throw new NotSure();
  return { sql: text, family: 'double', literal: text };
}

/** What each is called that trims of both ends, or of one. */
const TRIMS = { trim: 'btrim', ltrim: 'ltrim', rtrim: 'rtrim' } as const;

/** Functions of several values, of which the first is a text. */
function ofTexts(name: string, given: readonly Node[]): Node {
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
      if (!areTexts(3)) throw new NotSure();
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

/** The value of the first condition that is true. */
function chosen(whens: readonly { when: Node; value: Node }[], otherwise: Node): Node {
  const values = [...whens.map(({ value }) => value), otherwise];
  const families = new Set(values.map(({ family }) => family).filter((family) => family !== 'null'));
  const [family] = families;
  if (whens.length === 0 || family === undefined || families.size > 1) throw new NotSure();
  const branches = whens.map(({ when, value }) => `WHEN ${when.sql} THEN ${value.sql}`);
  return {
    sql: `(CASE ${branches.join(' ')} ELSE ${otherwise.sql} END)`,
    family,
    isCollated: values.some(({ isCollated = false }) => isCollated),
    isSmall: values.every(({ family: of, isSmall = false }) => of === 'null' || isSmall),
  };
}

/** Whole numbers by one that is written out and is not zero: both cut off what is behind the point. */
function divide(left: Node, operator: string, right: Node): Node {
  if (left.family !== 'integer' || !left.isSmall || !/^[1-9]\d*$/.test(right.literal ?? ''))
    throw new NotSure();
  return { sql: `(${left.sql} ${operator} ${right.sql})`, family: 'integer', isSmall: true };
}

function truth(node: Node): Node {
  if (node.family !== 'boolean') throw new NotSure();
  return node;
}

function logical(left: Node, operator: string, right: Node): Node {
  return { sql: `(${truth(left).sql} ${operator} ${truth(right).sql})`, family: 'boolean' };
}

function isNull({ sql }: Node, not: string): Node {
  return { sql: `(${sql} IS ${not}NULL)`, family: 'boolean' };
}

function compare(left: Node, operator: string, right: Node): Node {
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

function compute(left: Node, operator: string, right: Node): Node {
  const families = [left.family, right.family];
  if (families.every((family) => family === 'integer')) {
    // An integer of PostgreSQL would overflow where SQLite counts on.
    return { sql: `(${left.sql}::numeric ${operator} ${right.sql})`, family: 'integer' };
  }
  if (
    families.includes('double') &&
    families.every((family) => family === 'double' || family === 'integer')
  ) {
    const double = (node: Node) => (node.literal === undefined ? node.sql : `${node.sql}::double precision`);
    return { sql: `(${double(left)} ${operator} ${double(right)})`, family: 'double' };
  }
  throw new NotSure();
}

/** Of texts and integers: SQLite writes other numbers in its own way. */
function asText({ sql, family }: Node): string {
  if (family === 'text') return sql;
  if (family === 'integer') return `(${sql})::text`;
  throw new NotSure();
}
