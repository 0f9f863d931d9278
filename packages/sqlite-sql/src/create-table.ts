import {
  firstGroup,
  foldName,
  isSignificant,
  isWord,
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
  /** Whether the table remembers the highest id that it ever assigned: AUTOINCREMENT. */
  readonly countsUp: boolean;
  /** In the order in which they are declared. */
  readonly foreignKeys: readonly ForeignKeySql[];
}

export interface ColumnSql {
  readonly name: string;
  /** The whole definition, name included. */
  readonly sql: string;
  /** What Prisma's schema cannot say and a rewritten column would lose: COLLATE, CHECK, GENERATED. */
  readonly extras: readonly string[];
  readonly collation: string | undefined;
  readonly checks: readonly CheckSql[];
  /** The expression of a generated column. */
  readonly generated: string | undefined;
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
  /** What stands in the parentheses. */
  readonly written: string;
  /** The same, laid out as `normalize` does. */
  readonly expression: string;
  /** The whole constraint, as it is written. */
  readonly sql: string;
  /** Every name and word in it, folded: among them are the columns that it reads. */
  readonly words: ReadonlySet<string>;
}

interface ForeignKeySql {
  readonly name: string | undefined;
  readonly isDeferred: boolean;
}

/** A constraint of a column, or one of the table: its tokens begin with CONSTRAINT where it has a name. */
interface Piece {
  readonly word: string;
  readonly name: string | undefined;
  readonly tokens: Token[];
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
  'DEFERRABLE',
  'GENERATED',
  'AS',
];

/**
 * Reads a `CREATE TABLE`; undefined when it is none with a list of columns (a virtual table).
 * The grammar: https://sqlite.org/lang_createtable.html
 */
export function readTableSql(sql: string): TableSql | undefined {
  const tokens = tokensOf(sql);
  const list = firstGroup(tokens);
  if (list === undefined || isWord(tokens.filter(isSignificant)[1], 'VIRTUAL')) return undefined;
  const columns: ColumnSql[] = [];
  const constraints: ConstraintSql[] = [];
  const pieces: Piece[] = [];
  for (const part of splitAtCommas(list.inside)) {
    const isOfTable = isTableConstraint(part.filter(isSignificant));
    const own = isOfTable ? tablePieces(part) : columnPieces(part);
    if (isOfTable) constraints.push(...own.map(constraintOf));
    else columns.push(columnOf(part, own));
    pieces.push(...own);
  }
  return {
    columns,
    constraints,
    options: textOf(list.behind),
    countsUp: pieces.some(({ tokens }) => tokens.some((token) => isWord(token, 'AUTOINCREMENT'))),
    foreignKeys: foreignKeysOf(pieces),
  };
}

function isTableConstraint([first, second]: readonly Token[]): boolean {
  return (
    isWord(first, 'CONSTRAINT', 'FOREIGN') ||
    (isWord(first, 'PRIMARY') && isWord(second, 'KEY')) ||
    (isWord(first, 'UNIQUE', 'CHECK') && second?.text === '(')
  );
}

const TABLE_CONSTRAINT: Readonly<Record<string, ConstraintSql['kind']>> = {
  PRIMARY: 'primary key',
  UNIQUE: 'unique',
  CHECK: 'check',
  FOREIGN: 'foreign key',
};

/** SQLite lets the commas between constraints of a table be left out. */
function tablePieces(part: readonly Token[]): Piece[] {
  return piecesOf(part, (tokens, at) => isWord(tokens[at], 'CONSTRAINT', ...Object.keys(TABLE_CONSTRAINT)));
}

function columnPieces(part: readonly Token[]): Piece[] {
  return piecesOf(part, (tokens, at) => {
    const token = tokens[at];
    if (at === 0 || !isWord(token, ...COLUMN_CONSTRAINT)) return false;
    // GENERATED and ALWAYS may be names and types, too.
    if (isWord(token, 'GENERATED')) return isGenerated(tokens, at);
    if (isWord(token, 'AS')) return at < 3 || !isGenerated(tokens, at - 2);
    // `ON DELETE SET NULL`, `SET DEFAULT`, `NOT NULL` and `DEFAULT NULL` are parts of what began before them.
    const isValue = isWord(token, 'NULL') && isWord(tokens[at - 1], 'DEFAULT');
    return !isValue && !isWord(tokens[at - 1], 'SET', 'NOT');
  });
}

function isGenerated(tokens: readonly Token[], at: number): boolean {
  return ['GENERATED', 'ALWAYS', 'AS'].every((word, i) => isWord(tokens[at + i], word));
}

/** Whether a constraint begins at one of the significant tokens. */
type Begins = (tokens: readonly Token[], at: number) => boolean;

/** Divides tokens where constraints begin, in no parentheses; what is before the first one is left out. */
function piecesOf(part: readonly Token[], begins: Begins): Piece[] {
  const pieces: Piece[] = [];
  const significant = part.filter(isSignificant);
  let at = -1;
  let depth = 0;
  let named: { name: string; tokens: Token[] } | undefined;
  for (const token of part) {
    if (isSignificant(token)) at++;
    if (token.text === ')') depth--;
    const isName = isWord(significant[at - 1], 'CONSTRAINT');
    const isBeginning = depth === 0 && isSignificant(token) && !isName && begins(significant, at);
    if (isBeginning && isWord(token, 'CONSTRAINT')) {
      named = { name: significant[at + 1]?.value ?? '', tokens: [token] };
    } else if (isBeginning) {
      const { name, tokens = [] } = named ?? {};
      pieces.push({ word: token.text.toUpperCase(), name, tokens: [...tokens, token] });
      named = undefined;
    } else {
      (named ?? pieces.at(-1))?.tokens.push(token);
    }
    if (token.text === '(') depth++;
  }
  return pieces;
}

function constraintOf(piece: Piece): ConstraintSql {
  const kind = TABLE_CONSTRAINT[piece.word] as ConstraintSql['kind'];
  const sql = textOf(piece.tokens);
  if (kind === 'check') return { kind, sql, columns: [], check: checkOf(piece) };
  const names = splitAtCommas(groupOf(piece.tokens).filter(isSignificant));
  const columns = names.flatMap(([first]) => (first ? [foldName(first.value)] : []));
  return { kind, sql, columns, check: undefined };
}

function columnOf(part: readonly Token[], pieces: readonly Piece[]): ColumnSql {
  const [first] = part.filter(isSignificant);
  const ofKind = (...words: readonly string[]) => pieces.filter(({ word }) => words.includes(word));
  // SQLite takes the last one.
  const collate = ofKind('COLLATE').at(-1)?.tokens.findLast(isSignificant);
  const [generated] = ofKind('GENERATED', 'AS');
  return {
    name: first?.value ?? '',
    sql: textOf(part),
    extras: ofKind('CHECK', 'COLLATE', 'GENERATED', 'AS').map(({ tokens }) => textOf(tokens)),
    collation: collate && foldName(collate.value),
    checks: ofKind('CHECK').map(checkOf),
    generated: generated && textOf(groupOf(generated.tokens)),
  };
}

/** When a key is checked may stand behind other constraints, and even other columns: it is said of the last key before. */
function foreignKeysOf(pieces: readonly Piece[]): ForeignKeySql[] {
  const keys: { name: string | undefined; isDeferred: boolean }[] = [];
  for (const { word, name, tokens } of pieces) {
    if (word === 'REFERENCES' || word === 'FOREIGN') keys.push({ name, isDeferred: false });
    const significant = tokens.filter(isSignificant);
    const at = significant.findIndex((token) => isWord(token, 'DEFERRABLE'));
    const last = keys.at(-1);
    if (at < 0 || last === undefined) continue;
    // NOT DEFERRABLE INITIALLY DEFERRED is what SQLite takes for immediate.
    last.isDeferred = isWord(significant[at + 2], 'DEFERRED') && !isWord(significant[at - 1], 'NOT');
  }
  return keys;
}

function checkOf({ name, tokens }: Piece): CheckSql {
  const inner = groupOf(tokens);
  const written = textOf(inner);
  return {
    name,
    written,
    expression: normalize(written),
    sql: textOf(tokens),
    words: new Set(
      inner.filter(({ kind }) => kind === 'name' || kind === 'word').map(({ value }) => foldName(value)),
    ),
  };
}

/** What stands in the first parentheses. */
function groupOf(tokens: readonly Token[]): Token[] {
  return firstGroup(tokens)?.inside ?? [];
}

/** Every CHECK of a table, of its columns and of itself. */
export function checksOf(table: TableSql | undefined): CheckSql[] {
  const { columns = [], constraints = [] } = table ?? {};
  return [...columns.flatMap(({ checks }) => checks), ...constraints.flatMap(({ check }) => check ?? [])];
}
