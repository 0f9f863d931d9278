/** Whether a name is one that a pattern stands for: `*` is any part of it. */
export function matchesName(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}

export function wildness(pattern: string): number {
  return pattern.split('*').length;
}

/** Those that stand for a table. A pattern with a point stands for columns. */
export function namingTable(patterns: readonly string[], name: string): string[] {
  return naming(patterns, name, (pattern) => !pattern.includes('.'));
}

/** Those that stand for a column. @param name as `table.column` */
export function namingColumn(patterns: readonly string[], name: string): string[] {
  return naming(patterns, name, (pattern) => pattern.includes('.'));
}

function naming(patterns: readonly string[], name: string, isOfKind: (pattern: string) => boolean): string[] {
  return patterns.filter((pattern) => pattern === name || (isOfKind(pattern) && matchesName(pattern, name)));
}
