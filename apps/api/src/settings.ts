import { createHash } from 'node:crypto';
import { type Config, ConfigurationError, parseConfig } from '@vatevo/connection';

/** What the environment means to the API: the shared configuration and its own. */
export interface ApiConfig extends Config {
  /** SHA-256 of `VATEVO_OPERATOR_TOKEN`, which is not kept itself; undefined when unset. */
  readonly operatorTokenHash: Buffer | undefined;
}

const SHORTEST_TOKEN = 16;

/**
 * Reads the environment once, for the whole life of the process.
 *
 * @throws ConfigurationError naming every variable that is wrong
 */
export function readSettings(env: Record<string, string | undefined>): ApiConfig {
  const token = env.VATEVO_OPERATOR_TOKEN || undefined;
  const faults =
    token !== undefined && token.length < SHORTEST_TOKEN
      ? [
          {
            variable: 'VATEVO_OPERATOR_TOKEN',
            problem: 'is too short to keep anybody out',
            allowed: `at least ${SHORTEST_TOKEN} characters`,
          },
        ]
      : [];
  try {
    const config = parseConfig(env);
    if (faults.length === 0) {
      const operatorTokenHash = token === undefined ? undefined : createHash('sha256').update(token).digest();
      return { ...config, operatorTokenHash };
    }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    faults.unshift(...error.faults);
  }
  throw new ConfigurationError(faults);
}
