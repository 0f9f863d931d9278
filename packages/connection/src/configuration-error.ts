/** One variable that cannot be used as it is. The value itself is never repeated: it may be a secret. */
export interface ConfigurationFault {
  readonly variable: string;
  readonly problem: string;
  /** What would be right. */
  readonly allowed: string;
}

/** Every fault of the configuration at once, so that one look is enough to fix them all. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly faults: readonly ConfigurationFault[];

  constructor(faults: readonly ConfigurationFault[]) {
    const lines = faults.map(
      ({ variable, problem, allowed }) => `${variable} ${problem}; allowed: ${allowed}`,
    );
    super(
      lines.length === 1
        ? `${lines[0]}.`
        : `${lines.length} settings are wrong:\n${lines.map((line) => `- ${line}.`).join('\n')}`,
    );
    this.faults = faults;
  }
}
