import type { SourceTable } from './catalog.ts';

/** The change log that a live move keeps in a source (see source/sqlite/change-log.ts). */
export const CHANGE_LOG = 'vatevo_cutover_change';

/** A table that a tool keeps about a database, and not for those who use it. */
export interface Bookkeeping {
  readonly table: string;
  readonly tool: string;
}

interface KnownTable extends Bookkeeping {
  /** Its columns, those that not every version of the tool makes behind `?`, each a pattern. */
  readonly columns: string;
  /** Whether the tool goes on writing it, whatever becomes of the data: a replication does. */
  readonly alive?: true;
}

/**
 * By name and by columns: a table of the same name with any other column is somebody's data. Each tool's own
 * documentation or source says what it makes; names are compared as SQLite compares them, without regard to case.
 */
const KNOWN: readonly KnownTable[] = [
  { tool: 'a live move of this file', table: 'vatevo_cutover', columns: 'id move state owner applied' },
  { tool: 'a live move of this file', table: CHANGE_LOG, columns: 'seq ?mark tbl k0 ?k[1-9]\\d*' },
  { tool: 'Litestream', table: '_litestream_seq', columns: 'id seq', alive: true },
  { tool: 'Litestream', table: '_litestream_lock', columns: 'id', alive: true },
  { tool: 'Alembic', table: 'alembic_version', columns: 'version_num' },
  { tool: 'Django', table: 'django_migrations', columns: 'id app name applied' },
  {
    tool: 'Prisma',
    table: '_prisma_migrations',
    columns:
      'id checksum finished_at migration_name logs rolled_back_at started_at applied_steps_count ?script ?name',
  },
  { tool: 'Knex', table: 'knex_migrations', columns: 'id name batch migration_time' },
  { tool: 'Knex', table: 'knex_migrations_lock', columns: 'index is_locked' },
  { tool: 'Sequelize', table: 'SequelizeMeta', columns: 'name' },
  { tool: 'Sequelize', table: 'SequelizeData', columns: 'name' },
  { tool: 'TypeORM', table: 'migrations', columns: 'id timestamp name' },
  { tool: 'TypeORM', table: 'typeorm_metadata', columns: 'type database schema table name value' },
  { tool: 'Laravel', table: 'migrations', columns: 'id migration batch' },
  { tool: 'Lumen', table: 'migrations', columns: 'migration batch' },
  { tool: 'db-migrate', table: 'migrations', columns: 'id name run_on' },
  { tool: 'Entity Framework', table: '__EFMigrationsHistory', columns: 'MigrationId ProductVersion' },
  { tool: 'Entity Framework', table: '__EFMigrationsLock', columns: 'Id Timestamp' },
  { tool: 'Rails', table: 'schema_migrations', columns: 'version' },
  { tool: 'Rails', table: 'ar_internal_metadata', columns: 'key value created_at updated_at' },
  { tool: 'golang-migrate', table: 'schema_migrations', columns: 'version dirty' },
  { tool: 'Ecto', table: 'schema_migrations', columns: 'version inserted_at' },
  { tool: 'Sequel', table: 'schema_migrations', columns: 'filename' },
  { tool: 'Sequel', table: 'schema_info', columns: 'version' },
  {
    tool: 'Flyway',
    table: 'flyway_schema_history',
    columns:
      'installed_rank version description type script checksum installed_by installed_on execution_time success',
  },
  { tool: 'goose', table: 'goose_db_version', columns: 'id version_id is_applied tstamp' },
  {
    tool: 'Liquibase',
    table: 'DATABASECHANGELOG',
    columns:
      'ID AUTHOR FILENAME DATEEXECUTED ORDEREXECUTED EXECTYPE MD5SUM DESCRIPTION COMMENTS TAG LIQUIBASE ?CONTEXTS ?LABELS ?DEPLOYMENT_ID',
  },
  { tool: 'Liquibase', table: 'DATABASECHANGELOGLOCK', columns: 'ID LOCKED LOCKGRANTED LOCKEDBY' },
  { tool: 'MikroORM', table: 'mikro_orm_migrations', columns: 'id name executed_at' },
  { tool: 'Drizzle', table: '__drizzle_migrations', columns: 'id hash created_at ?name ?applied_at' },
  {
    tool: 'SQLx',
    table: '_sqlx_migrations',
    columns: 'version description installed_on success checksum execution_time',
  },
  { tool: 'Diesel', table: '__diesel_schema_migrations', columns: 'version run_on' },
  { tool: 'SeaORM', table: 'seaql_migrations', columns: 'version applied_at' },
  { tool: 'Refinery', table: 'refinery_schema_history', columns: 'version name applied_on checksum' },
  { tool: 'Kysely', table: 'kysely_migration', columns: 'name timestamp' },
  { tool: 'Kysely', table: 'kysely_migration_lock', columns: 'id is_locked' },
  { tool: 'AdonisJS', table: 'adonis_schema', columns: 'id name batch migration_time' },
  { tool: 'AdonisJS', table: 'adonis_schema_versions', columns: 'version' },
  { tool: 'Aerich', table: 'aerich', columns: 'id version app content' },
  { tool: 'yoyo', table: '_yoyo_migration', columns: 'migration_hash migration_id applied_at_utc' },
  {
    tool: 'yoyo',
    table: '_yoyo_log',
    columns: 'id migration_hash migration_id operation username hostname comment created_at_utc',
  },
  { tool: 'yoyo', table: '_yoyo_version', columns: 'version installed_at_utc' },
  { tool: 'yoyo', table: 'yoyo_lock', columns: 'locked ctime pid' },
  { tool: 'peewee', table: 'migratehistory', columns: 'id name migrated_at' },
  { tool: 'Phinx', table: 'phinxlog', columns: 'version migration_name start_time end_time breakpoint' },
  { tool: 'Doctrine', table: 'doctrine_migration_versions', columns: 'version executed_at execution_time' },
  { tool: 'bun', table: 'bun_migrations', columns: 'id name group_id migrated_at' },
  { tool: 'bun', table: 'bun_migration_locks', columns: 'id table_name' },
  { tool: 'gormigrate', table: 'migrations', columns: 'id' },
  { tool: 'sql-migrate', table: 'gorp_migrations', columns: 'id applied_at' },
  { tool: 'DbUp', table: 'SchemaVersions', columns: 'SchemaVersionID ScriptName Applied' },
  { tool: 'FluentMigrator', table: 'VersionInfo', columns: 'Version AppliedOn Description' },
  { tool: 'Cloudflare D1', table: 'd1_migrations', columns: 'id name applied_at' },
  { tool: 'Cloudflare D1', table: '_cf_KV', columns: 'key value' },
  { tool: 'Cloudflare D1', table: '_cf_METADATA', columns: 'key value' },
  { tool: 'Android', table: 'android_metadata', columns: 'locale' },
  { tool: 'Room', table: 'room_master_table', columns: 'id identity_hash' },
  { tool: 'cr-sqlite', table: 'crsql_master', columns: 'key value' },
  { tool: 'cr-sqlite', table: 'crsql_site_id', columns: 'site_id ?ordinal' },
  { tool: 'cr-sqlite', table: 'crsql_tracked_peers', columns: 'site_id version tag event ?seq' },
];

/** The tool whose bookkeeping a table is; undefined for data. */
export function bookkeepingTool(table: SourceTable): string | undefined {
  return find(table)?.tool ?? clockOf(table);
}

/** Whether a table is written by a tool that must not be kept from it, as it copies the file and not the data. */
export function isWrittenByReplication(table: SourceTable): boolean {
  return find(table)?.alive ?? false;
}

function find({ name, virtual, columns }: SourceTable): KnownTable | undefined {
  if (virtual) return undefined;
  const present = new Set(columns.map((column) => column.name.toLowerCase()));
  return KNOWN.find((known) => {
    if (known.table.toLowerCase() !== name.toLowerCase()) return false;
    const all = known.columns.toLowerCase().split(' ');
    const required = all.filter((column) => !column.startsWith('?'));
    const possible = new RegExp(`^(?:${all.map((column) => column.replace(/^\?/, '')).join('|')})$`);
    return (
      required.every((column) => present.has(column)) && [...present].every((column) => possible.test(column))
    );
  });
}

/** cr-sqlite keeps a clock for each table that it replicates. */
function clockOf({ name, columns }: SourceTable): string | undefined {
  const present = new Set(columns.map((column) => column.name));
  const clock = name.endsWith('__crsql_clock') && present.has('col_version') && present.has('db_version');
  const keys = name.endsWith('__crsql_pks') && present.has('__crsql_key');
  return clock || keys ? 'cr-sqlite' : undefined;
}
