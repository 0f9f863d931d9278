import type { Rule } from '../rule.ts';
import { requiredColumn, rewritingColumn } from './add-column.ts';
import { notAlone } from './alone.ts';
import { alterColumnType } from './column-type.ts';
import { addCheck, addForeignKey, validateTooEarly } from './constraints.ts';
import { truncate, unboundedWrite } from './data.ts';
import { dropCascade, dropColumn, dropColumnInUse, dropObject, dropTable } from './drop.ts';
import { enumValueRenamed, enumValueUsed } from './enum.ts';
import { createIndex, dropIndex, indexIfNotExists } from './indexes.ts';
import { setNotNull } from './not-null.ts';
import { opaque } from './opaque.ts';
import { rename } from './rename.ts';
import { lockTable, reindex, rewriteTable } from './rewrite.ts';
import { disableSafeguard } from './safeguards.ts';
import { sessionSetting, transactionControl } from './session.ts';
import { addExclusion, addUnique } from './unique.ts';

/** All rules, in the order in which their findings are told. */
export const RULES: readonly Rule[] = [
  createIndex,
  indexIfNotExists,
  dropIndex,
  notAlone,
  rewritingColumn,
  requiredColumn,
  alterColumnType,
  setNotNull,
  addForeignKey,
  addCheck,
  validateTooEarly,
  addUnique,
  addExclusion,
  rename,
  dropColumn,
  dropColumnInUse,
  dropTable,
  dropObject,
  dropCascade,
  enumValueUsed,
  enumValueRenamed,
  unboundedWrite,
  truncate,
  rewriteTable,
  reindex,
  lockTable,
  disableSafeguard,
  sessionSetting,
  transactionControl,
  opaque,
];
