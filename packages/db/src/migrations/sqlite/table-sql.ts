import {
  closing,
  foldName,
  isSignificant,
  isWord,
  nameOf,
  normalize,
  splitAtCommas,
  type Token,
  textOf,
  tokensOf,
} from './tokens.ts';

/** A table as the statement in `sqlite_schema` makes it. */
export interface TableSql {
  readonly columns: readonly ColumnSql[];
  readonly constraints: readonly ConstraintSql[];
  /** What stands behind the list: `STRICT`, `WITHOUT ROWID`. */
  readonly options: string;
}

export interface ColumnSql {
  readonly name: string;
  /** The whole definition, name included. */
  readonly sql: string;
  /** What Prisma's schema cannot say and a rewritten column would lose: COLLATE, CHECK, GENERATED. */
  readonly extras: readonly string[];
  readonly collation: string | undefined;
  readonly checks: readonly CheckSql[];
}

/** A constraint of the table as a whole. */
interface ConstraintSql {
  readonly kind: 'check' | 'foreign key' | 'primary key' | 'unique';
  readonly sql: string;
  /** Of a key: the columns of this table that it names. */
  readonly columns: readonly string[];
  readonly check: CheckSql | undefined;
}

export interface CheckSql {
  readonly name: string | undefined;
  /** What stands in the parentheses, laid out as `normalize` does. */
  readonly expression: string;
  /** The whole constraint, as it is written. */
  readonly sql: string;
  /** Every name and word in it, folded: among them are the columns that it reads. */
  readonly words: ReadonlySet<string>;
}

/** Words with which a constraint of a column begins, behind its name and type. */
const COLUMN_CONSTRAINT = [
  'CONSTRAINT',
  'PRIMARY',
  'NOT',
  'NULL',
  'UNIQUE',
  'CHECK',
  'DEFAULT',
  'COLLATE',
  'REFERENCES',
  'GENERATED',
  'AS',
];

/**
 * Reads a `CREATE TABLE`; undefined when it is none with a list of columns (a virtual table).
 * The grammar: https://sqlite.org/lang_createtable.html
 */
export function readTableSql(sql: string): TableSql | undefined {
  const tokens = tokensOf(sql);
  const significant = tokens.filter(isSignificant);
  if (isWord(significant[1], 'VIRTUAL')) return undefined;
  const open = tokens.findIndex(({ text }) => text === '(');
  if (open < 0) return undefined;
  const close = closing(tokens, open);
  const columns: ColumnSql[] = [];
  const constraints: ConstraintSql[] = [];
  for (const part of splitAtCommas(tokens.slice(open + 1, close))) {
    const entries = isTableConstraint(part.filter(isSignificant)) ? constraintsOf(part) : undefined;
    if (entries) constraints.push(...entries);
    else columns.push(columnOf(part));
  }
  return { columns, constraints, options: textOf(tokens.slice(close + 1)).trim() };
}

function isTableConstraint([first, second]: readonly Token[]): boolean {
  return (
    isWord(first, 'CONSTRAINT', 'FOREIGN') ||
    (isWord(first, 'PRIMARY') && isWord(second, 'KEY')) ||
    (isWord(first, 'UNIQUE', 'CHECK') && second?.text === '(')
  );
}

/** SQLite lets the commas between constraints of a table be left out. */
function constraintsOf(part: readonly Token[]): ConstraintSql[] {
  const starts: number[] = [];
  let depth = 0;
  let isNamed = false;
  part.forEach((token, at) => {
    if (token.text === '(') depth++;
    else if (token.text === ')') depth--;
    if (depth > 0 || !isSignificant(token)) return;
    if (isWord(token, 'CONSTRAINT')) {
      starts.push(at);
      isNamed = true;
    } else if (isWord(token, 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN')) {
      if (!isNamed) starts.push(at);
      isNamed = false;
    }
  });
  return starts.map((start, at) => constraintOf(part.slice(start, starts[at + 1])));
}

function constraintOf(part: readonly Token[]): ConstraintSql {
  const tokens = part.filter(isSignificant);
  const name = isWord(tokens[0], 'CONSTRAINT') && tokens[1] ? nameOf(tokens[1]) : undefined;
  const rest = name === undefined ? tokens : tokens.slice(2);
  const sql = textOf(withoutComments(part)).trim();
  if (isWord(rest[0], 'CHECK')) {
    return { kind: 'check', sql, columns: [], check: checkOf(name, part) };
  }
  const open = rest.findIndex(({ text }) => text === '(');
  const columns = splitAtCommas(rest.slice(open + 1, closing(rest, open))).flatMap(([first]) =>
    first ? [foldName(nameOf(first))] : [],
  );
  const kind = isWord(rest[0], 'FOREIGN')
    ? 'foreign key'
    : isWord(rest[0], 'UNIQUE')
      ? 'unique'
      : 'primary key';
  return { kind, sql, columns, check: undefined };
}

function columnOf(part: readonly Token[]): ColumnSql {
  const tokens = withoutComments(part);
  const [first] = tokens.filter(isSignificant);
  const pieces: { word: string; name: string | undefined; tokens: Token[] }[] = [];
  let depth = 0;
  let named: { name: string; tokens: Token[] } | undefined;
  let previous: Token | undefined = first;
  for (const token of tokens.slice(first ? tokens.indexOf(first) + 1 : 0)) {
    if (token.text === ')') depth--;
    // `ON DELETE SET NULL`, `SET DEFAULT` and `NOT NULL` are parts of what began before them.
    const begins =
      depth === 0 &&
      isWord(token, ...COLUMN_CONSTRAINT) &&
      !isWord(previous, 'SET', 'NOT', 'CONSTRAINT', 'DEFAULT', 'COLLATE', 'ALWAYS') &&
      !(isWord(token, 'NOT') && isWord(followerOf(tokens, token), 'DEFERRABLE'));
    if (begins && isWord(token, 'CONSTRAINT')) {
      const follower = followerOf(tokens, token);
      named = { name: follower ? nameOf(follower) : '', tokens: [token] };
    } else if (begins) {
      pieces.push({
        word: token.text.toUpperCase(),
        name: named?.name,
        tokens: [...(named?.tokens ?? []), token],
      });
      named = undefined;
    } else {
      (named?.tokens ?? pieces.at(-1)?.tokens)?.push(token);
    }
    if (token.text === '(') depth++;
    if (isSignificant(token)) previous = token;
  }
  const extras = pieces.filter(({ word }) => ['CHECK', 'COLLATE', 'GENERATED', 'AS'].includes(word));
  const collate = pieces
    .find(({ word }) => word === 'COLLATE')
    ?.tokens.filter(isSignificant)
    .at(1);
  return {
    name: first ? nameOf(first) : '',
    sql: textOf(tokens).trim(),
    extras: extras.map((piece) => textOf(piece.tokens).trim()),
    collation: collate && foldName(nameOf(collate)),
    checks: pieces.filter(({ word }) => word === 'CHECK').map((piece) => checkOf(piece.name, piece.tokens)),
  };
}

function followerOf(tokens: readonly Token[], token: Token): Token | undefined {
  return tokens.slice(tokens.indexOf(token) + 1).find(isSignificant);
}

function checkOf(name: string | undefined, part: readonly Token[]): CheckSql {
  const tokens = withoutComments(part);
  const open = tokens.findIndex(({ text }) => text === '(');
  const inner = tokens.slice(open + 1, closing(tokens, open));
  return {
    name,
    expression: normalize(textOf(inner)),
    sql: textOf(tokens).trim(),
    words: new Set(
      inner.filter(({ kind }) => kind === 'name' || kind === 'word').map((token) => foldName(nameOf(token))),
    ),
  };
}

/** Without comments: one to the end of the line would swallow what is put behind it. */
function withoutComments(tokens: readonly Token[]): Token[] {
  return tokens.filter(({ kind }) => kind !== 'comment');
}

/** Every CHECK of a table, of its columns and of itself. */
export function checksOf({ columns, constraints }: TableSql): CheckSql[] {
  return [...columns.flatMap(({ checks }) => checks), ...constraints.flatMap(({ check }) => check ?? [])];
}

/** Whether the table remembers the highest id that it ever assigned. */
export function countsUp({ columns }: TableSql): boolean {
  return columns.some(({ sql }) => /\bautoincrement\b/.test(normalize(sql)));
}
