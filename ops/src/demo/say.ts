import picocolors from 'picocolors';

/** The command or the part that comes next, set apart from what was before. */
export function heading(text: string): void {
  process.stdout.write(`\n${picocolors.bold(text)}\n`);
}

/** Lines as they are. */
export function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
