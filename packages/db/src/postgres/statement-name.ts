/** More than there are texts, unless somebody writes values into them: every connection keeps a plan for each. */
const MAX_NAMES = 200;

const names = new Map<string, string>();

/** The name under which the server keeps the plan of a statement; undefined when there are too many. */
export function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size === MAX_NAMES) return known;
  const name = `vatevo_${names.size + 1}`;
  names.set(text, name);
  return name;
}
