/**
 * Writes a line of the native engine's log, which is where the CLI looks for the
 * reason when an engine ends with code 1.
 */
export function log(level: 'INFO' | 'ERROR', message: string, errorCode?: string): void {
  const line = {
    timestamp: new Date().toISOString(),
    level,
    fields: { message, ...(errorCode !== undefined && { error_code: errorCode }) },
    target: 'schema_engine::logger',
  };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
