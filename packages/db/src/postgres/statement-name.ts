/** More than there are texts, unless somebody writes values into them: every connection keeps a plan for each. */
const MAX_NAMES = 200;

/** Of the models there are as many as a caller's conditions have forms. */
const MAX_MODEL_NAMES = 200;

/** Texts of the models that came once, until there are so many. */
const MAX_ONCE = 1000;

const names = new Map<string, string>();
const modelNames = new Map<string, string>();
const once = new Set<string>();

/** The name under which the server keeps the plan of a statement; undefined when there are too many. */
export function statementName(text: string): string | undefined {
  return nameIn(names, 'vatevo', MAX_NAMES, text);
}

/**
 * The same for a statement that is made from a model. Many come once only (a list of so many ids is a text of its own), so
 * it gets one when it comes again.
 */
export function modelStatementName(text: string): string | undefined {
  const known = modelNames.get(text);
  if (known !== undefined) return known;
  if (once.delete(text)) return nameIn(modelNames, 'vatevo_model', MAX_MODEL_NAMES, text);
  if (once.size === MAX_ONCE) once.clear();
  once.add(text);
  return undefined;
}

function nameIn(known: Map<string, string>, prefix: string, most: number, text: string): string | undefined {
  const found = known.get(text);
  if (found !== undefined || known.size === most) return found;
  const name = `${prefix}_${known.size + 1}`;
  known.set(text, name);
  return name;
}
