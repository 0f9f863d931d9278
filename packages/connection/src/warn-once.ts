const said = new Set<string>();

/** Says it on standard error, once in the life of the process. */
export function warnOnce(warning: string | undefined): void {
  if (warning === undefined || said.has(warning)) return;
  said.add(warning);
  process.emitWarning(warning, 'ConfigurationWarning');
}
