/** The SQLSTATEs that are told apart anywhere, by PostgreSQL's own names (its manual, appendix A). */
export const SQLSTATE = {
  connection_exception: '08000',
  connection_does_not_exist: '08003',
  connection_failure: '08006',
  protocol_violation: '08P01',
  feature_not_supported: '0A000',
  sequence_generator_limit_exceeded: '2200H',
  foreign_key_violation: '23503',
  unique_violation: '23505',
  check_violation: '23514',
  exclusion_violation: '23P01',
  read_only_sql_transaction: '25006',
  in_failed_sql_transaction: '25P02',
  idle_in_transaction_session_timeout: '25P03',
  invalid_sql_statement_name: '26000',
  invalid_authorization_specification: '28000',
  invalid_password: '28P01',
  invalid_catalog_name: '3D000',
  invalid_schema_name: '3F000',
  serialization_failure: '40001',
  deadlock_detected: '40P01',
  insufficient_privilege: '42501',
  undefined_column: '42703',
  duplicate_object: '42710',
  undefined_function: '42883',
  undefined_table: '42P01',
  duplicate_database: '42P04',
  disk_full: '53100',
  out_of_memory: '53200',
  too_many_connections: '53300',
  object_not_in_prerequisite_state: '55000',
  object_in_use: '55006',
  lock_not_available: '55P03',
  query_canceled: '57014',
  admin_shutdown: '57P01',
  crash_shutdown: '57P02',
  cannot_connect_now: '57P03',
  database_dropped: '57P04',
  idle_session_timeout: '57P05',
  raise_exception: 'P0001',
  internal_error: 'XX000',
} as const;
export type SqlState = keyof typeof SQLSTATE;

/** Their first two characters. */
const CLASSES = {
  connection_exception: '08',
  data_exception: '22',
  integrity_constraint_violation: '23',
  insufficient_resources: '53',
  program_limit_exceeded: '54',
  operator_intervention: '57',
  system_error: '58',
  internal_error: 'XX',
} as const;
export type SqlStateClass = keyof typeof CLASSES;

/** The SQLSTATE with which the server refused; undefined for an error that is none of its. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  // EPIPE and E2BIG are the system's: PostgreSQL has no class that begins so.
  return typeof code === 'string' && /^(?!E)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether the server refused with one of these. */
export function isSqlState(error: unknown, ...states: readonly SqlState[]): boolean {
  const found = sqlStateOf(error);
  return found !== undefined && states.some((state) => SQLSTATE[state] === found);
}

/** Whether the server refused with one of a class of them. */
export function isSqlStateOf(error: unknown, ...classes: readonly SqlStateClass[]): boolean {
  const found = sqlStateOf(error);
  return found !== undefined && classes.some((name) => found.startsWith(CLASSES[name]));
}
