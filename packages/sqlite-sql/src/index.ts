export { readIndexSql } from './create-index.ts';
export { type CheckSql, type ColumnSql, checksOf, readTableSql, type TableSql } from './create-table.ts';
export {
  foldName,
  isSignificant,
  isWord,
  normalize,
  significantTokens,
  type Token,
  tokensOf,
} from './tokens.ts';
