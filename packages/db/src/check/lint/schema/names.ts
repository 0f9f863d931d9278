import type { Node, RangeVar } from 'libpg-query';
import { quote } from '../../../quote.ts';

/** The text of a String node, such as a part of a qualified name. */
export function textOf(node: Node | undefined): string | undefined {
  return node && 'String' in node ? (node.String.sval ?? '') : undefined;
}

/** The parts of a qualified name, whatever node holds them. */
export function nameParts(node: Node | undefined): string[] {
  if (!node) return [];
  if ('List' in node) return (node.List.items ?? []).flatMap((item) => textOf(item) ?? []);
  if ('TypeName' in node) return (node.TypeName.names ?? []).flatMap((item) => textOf(item) ?? []);
  if ('ObjectWithArgs' in node) {
    return (node.ObjectWithArgs.objname ?? []).flatMap((item) => textOf(item) ?? []);
  }
  const text = textOf(node);
  return text === undefined ? [] : [text];
}

export function lastName(nodes: readonly Node[] | undefined): string {
  return textOf(nodes?.at(-1)) ?? '';
}

/** The names of a list of String nodes: the columns of a key. */
export function namesOf(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => textOf(node) ?? []);
}

export function integerOf(node: Node): number | undefined {
  return 'A_Const' in node && node.A_Const.ival ? (node.A_Const.ival.ival ?? 0) : undefined;
}

/** Where a name is looked up: `public` unless it says otherwise. */
export function keyOf(parts: readonly string[]): string {
  return JSON.stringify(parts.length > 1 ? parts.slice(-2) : ['public', parts[0] ?? '']);
}

export function relationParts({ schemaname, relname = '' }: RangeVar): string[] {
  return schemaname === undefined ? [relname] : [schemaname, relname];
}

export function quoteRelation(relation: RangeVar | undefined): string {
  return relation ? relationParts(relation).map(quote).join('.') : '?';
}

export function quoteList(names: readonly string[]): string {
  return names.map(quote).join(', ');
}
