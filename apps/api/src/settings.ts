import { createHash } from 'node:crypto';
import { type Config, ConfigurationError, type ConfigurationFault, parseConfig } from '@vatevo/connection';

/** What the environment means to the API: the shared configuration and its own. */
export interface ApiConfig extends Config {
  /** SHA-256 of `VATEVO_OPERATOR_TOKEN`, which is not kept itself; undefined when unset. */
  readonly operatorTokenHash: Buffer | undefined;
  /** The same of `VATEVO_METRICS_TOKEN`. */
  readonly metricsTokenHash: Buffer | undefined;
}

const SHORTEST_TOKEN = 16;

/**
 * Reads the environment once, for the whole life of the process.
 *
 * @throws ConfigurationError naming every variable that is wrong
 */
export function readSettings(env: Record<string, string | undefined>): ApiConfig {
  const faults: ConfigurationFault[] = [];
  const operatorTokenHash = readToken(env, 'VATEVO_OPERATOR_TOKEN', faults);
  const metricsTokenHash = readToken(env, 'VATEVO_METRICS_TOKEN', faults);
  try {
    const config = parseConfig(env);
    if (faults.length === 0) return { ...config, operatorTokenHash, metricsTokenHash };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    faults.unshift(...error.faults);
  }
  throw new ConfigurationError(faults);
}

/** The SHA-256 of a token; undefined when it is unset. */
function readToken(
  env: Record<string, string | undefined>,
  variable: string,
  faults: ConfigurationFault[],
): Buffer | undefined {
  const token = env[variable] || undefined;
  if (token === undefined) return undefined;
  if (token.length < SHORTEST_TOKEN) {
    const allowed = `at least ${SHORTEST_TOKEN} characters`;
    faults.push({ variable, problem: 'is too short to keep anybody out', allowed });
  }
  return createHash('sha256').update(token).digest();
}
