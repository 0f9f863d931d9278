/** A number that Python holds as float, and so prints with a point: `2.0`. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export type PythonValue =
  | null
  | boolean
  | number
  | string
  | PythonFloat
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue };

/**
 * A value as the legacy service wrote it, with Python's `json.dumps` and its defaults: `, ` and `: ` between,
 * everything but printable ASCII escaped.
 */
export function pythonJson(value: PythonValue): string {
  if (typeof value === 'string') return pythonString(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (value instanceof PythonFloat) return pythonFloat(value.value);
  let text = '';
  if (isArray(value)) {
    for (const item of value) text += text === '' ? pythonJson(item) : `, ${pythonJson(item)}`;
    return `[${text}]`;
  }
  for (const key in value) {
    const member = `${pythonString(key)}: ${pythonJson(value[key] ?? null)}`;
    text += text === '' ? member : `, ${member}`;
  }
  return `{${text}}`;
}

const isArray: (value: unknown) => value is readonly unknown[] = Array.isArray;

function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function pythonString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  // JSON.stringify leaves DEL and what is beyond ASCII as they are.
  return JSON.stringify(text).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
