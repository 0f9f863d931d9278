import { foldName, isWord, type Token } from '@vatevo/sqlite-sql';
import { quoteName, quoteText } from '@vatevo/transfer';
import {
  areAlike,
  asText,
  chosen,
  compare,
  compute,
  divide,
  type ExpressionColumn,
  exact,
  familyOfType,
  isNull,
  logical,
  type Node,
  NotSure,
  number,
  ofTexts,
  result,
  TRIMS,
  type Translation,
  truth,
} from './node.ts';
import { globPattern, likePattern } from './patterns.ts';

/** Reads an expression by SQLite's order of operators. */
export class Parser {
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
    const { sql, family, type } = this.#or();
    if (this.#at < this.#tokens.length) throw new NotSure();
    return { sql, family, type, columns: [...this.#used], mayOverflow: this.#mayOverflow };
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
      } else if (isWord(this.#next, 'IN', 'BETWEEN')) left = this.#listOrRange(left);
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
    if (value.literal === undefined || value.family === 'text') throw new NotSure();
    return { ...value, sql: `(-${value.sql})`, literal: `-${value.literal}` };
  }

  #value(): Node {
    const token = this.#next;
    if (token === undefined) throw new NotSure();
    this.#at++;
    if (token.text === '(') {
      const inside = this.#or();
      this.#close();
      return inside;
    }
    if (token.kind === 'number') return number(token.text);
    if (token.kind === 'string') return { sql: token.text, family: 'text', literal: token.value };
    if (isWord(token, 'NULL')) return { sql: 'NULL', family: 'null' };
    if (isWord(token, 'CASE')) return this.#case();
    if (isWord(token, 'CAST') && this.#next?.text === '(') return this.#cast();
    if (token.kind === 'word' && this.#next?.text === '(') return this.#call(token.text.toLowerCase());
    if (token.kind !== 'word' && token.kind !== 'name') throw new NotSure();
    // A table's name may stand in front.
    if (this.#symbol('.') !== undefined) {
      const column = this.#next;
      this.#at++;
      return this.#column(column?.value);
    }
    return this.#column(token.value);
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
      ...((family === 'other' || family === 'json') && { type: column.type.sql }),
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
    const type = this.#word('AS') ? this.#next?.value.toUpperCase() : undefined;
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
    if (this.#next?.text !== ')') {
      do given.push(this.#or());
      while (this.#symbol(',') !== undefined);
    }
    this.#close();
    const [first] = given;
    if (first === undefined) throw new NotSure();
    if (name === 'coalesce' || name === 'ifnull') {
      if (!areAlike(given)) throw new NotSure();
      return {
        ...result(first),
        sql: `coalesce(${given.map(exact).join(', ')})`,
        isCollated: given.some(({ isCollated = false }) => isCollated),
      };
    }
    const [, second, third] = given;
    if (name === 'iif' && second && third && given.length === 3)
      return chosen([{ when: truth(first), value: second }], third);
    if (name === 'nullif' && second?.family === first.family && given.length === 2) {
      compare(first, '=', second);
      const { isCollated = false } = first;
      // What it is compared with has a say in its type.
      const isSmall = given.every((node) => node.isSmall);
      return { ...result(first), sql: `nullif(${exact(first)}, ${exact(second)})`, isCollated, isSmall };
    }
    if (given.length > 1) return ofTexts(name, given);
    if (name === 'json_valid' && first.family === 'json') {
      // Whatever such a column holds is JSON; of NULL it is not known.
      return { sql: `NULLIF(${first.sql} IS NOT NULL, false)`, family: 'boolean' };
    }
    if (name === 'abs' && first.family === 'double') return { sql: `abs(${exact(first)})`, family: 'double' };
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
    const text = texts.find((each) => this.#next?.text === each);
    if (text !== undefined) this.#at++;
    return text;
  }

  #close(): void {
    if (this.#symbol(')') === undefined) throw new NotSure();
  }
}
