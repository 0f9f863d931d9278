/** Something that keeps the database folder from being consistent. */
export interface Fault {
  /** The file that is wrong, relative to the package. */
  readonly file: string;
  /** What is wrong with it. */
  readonly problem: string;
  /** The command, or the deed, that fixes it. */
  readonly fix: string;
  /** The differences, a line each. */
  readonly details?: readonly string[];
}

/** A fault as it is printed. */
export function describeFault({ file, problem, fix, details = [] }: Fault): string {
  return [`✗ ${file}: ${problem}`, ...details.map((line) => `    ${line}`), `  → ${fix}`].join('\n');
}
