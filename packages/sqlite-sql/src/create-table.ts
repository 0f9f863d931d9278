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
  const foreignKeys: ForeignKeySql[] = [];
  let countsUp = false;
  for (const part of splitAtCommas(list.inside)) {
    if (isTableConstraint(part.filter(isSignificant))) {
      const pieces = tablePieces(part);
      constraints.push(...pieces.map(constraintOf));
      foreignKeys.push(...foreignKeysOf(pieces, 'FOREIGN'));
    } else {
      const pieces = columnPieces(part);
      columns.push(columnOf(part, pieces));
      foreignKeys.push(...foreignKeysOf(pieces, 'REFERENCES'));
      countsUp ||= pieces.some(
        ({ word, tokens }) => word === 'PRIMARY' && tokens.some((token) => isWord(token, 'AUTOINCREMENT')),
      );
    }
  }
  return { columns, constraints, options: textOf(list.behind), countsUp, foreignKeys };
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
  return piecesOf(part, (token) => isWord(token, 'CONSTRAINT', ...Object.keys(TABLE_CONSTRAINT)));
}

function columnPieces(part: readonly Token[]): Piece[] {
  const [first] = part.filter(isSignificant);
  return piecesOf(
    part,
    (token, previous, next) =>
      token !== first &&
      isWord(token, ...COLUMN_CONSTRAINT) &&
      // `ON DELETE SET NULL`, `SET DEFAULT` and `NOT NULL` are parts of what began before them.
      !isWord(previous, 'SET', 'NOT', 'DEFAULT', 'COLLATE', 'ALWAYS') &&
      !(isWord(token, 'NOT') && isWord(next, 'DEFERRABLE')),
  );
}

type Begins = (token: Token, previous: Token | undefined, next: Token | undefined) => boolean;

/** Divides tokens where constraints begin, in no parentheses; what is before the first one is left out. */
function piecesOf(part: readonly Token[], begins: Begins): Piece[] {
  const pieces: Piece[] = [];
  const significant = part.filter(isSignificant);
  let depth = 0;
  let named: { name: string; tokens: Token[] } | undefined;
  for (const token of part) {
    const at = significant.indexOf(token);
    const [previous, next] = at < 0 ? [] : [significant[at - 1], significant[at + 1]];
    if (token.text === ')') depth--;
    const isName = isWord(previous, 'CONSTRAINT');
    const isBeginning = depth === 0 && at >= 0 && !isName && begins(token, previous, next);
    if (isBeginning && isWord(token, 'CONSTRAINT')) {
      named = { name: next?.value ?? '', tokens: [token] };
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
  const [collate] = ofKind('COLLATE').map(({ tokens }) => {
    const significant = tokens.filter(isSignificant);
    return significant[significant.findIndex((token) => isWord(token, 'COLLATE')) + 1];
  });
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

/** When a key is checked may stand behind other constraints, and then belongs to the last one before it. */
function foreignKeysOf(pieces: readonly Piece[], begin: string): ForeignKeySql[] {
  const keys: { name: string | undefined; words: string }[] = [];
  for (const { word, name, tokens } of pieces) {
    if (word === begin) keys.push({ name, words: '' });
    const last = keys.at(-1);
    if (last === undefined) continue;
    for (const token of tokens) if (token.kind === 'word') last.words += ` ${token.text.toUpperCase()}`;
  }
  // NOT DEFERRABLE INITIALLY DEFERRED is what SQLite takes for immediate.
  return keys.map(({ name, words }) => ({
    name,
    isDeferred: words.includes(' INITIALLY DEFERRED') && !words.includes(' NOT DEFERRABLE'),
  }));
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
