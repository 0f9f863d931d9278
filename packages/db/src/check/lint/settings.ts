import type { Node } from 'libpg-query';
import { lastName } from './schema/names.ts';

export interface Setting {
  /** Undefined: all of them. */
  readonly name?: string;
  /** Ends with the transaction. */
  readonly isLocal: boolean;
}

/** What a statement sets or resets in the session; `SELECT set_config(…)` is one, too. */
export function settingOf(node: Node): Setting | undefined {
  if ('VariableSetStmt' in node) {
    const { kind, name, is_local = false } = node.VariableSetStmt;
    if (kind === 'VAR_RESET_ALL') return { isLocal: false };
    // SET TRANSACTION and the like.
    if (kind === 'VAR_SET_MULTI' || name === undefined) return undefined;
    return { name: name.toLowerCase(), isLocal: is_local };
  }
  if ('DiscardStmt' in node) return { isLocal: false };
  if (!('SelectStmt' in node)) return undefined;
  for (const target of node.SelectStmt.targetList ?? []) {
    const value = 'ResTarget' in target ? target.ResTarget.val : undefined;
    if (!value || !('FuncCall' in value) || lastName(value.FuncCall.funcname) !== 'set_config') continue;
    const [name, , local] = (value.FuncCall.args ?? []).map((arg) =>
      'A_Const' in arg ? arg.A_Const : undefined,
    );
    return { name: (name?.sval?.sval ?? '').toLowerCase(), isLocal: local?.boolval?.boolval === true };
  }
  return undefined;
}
