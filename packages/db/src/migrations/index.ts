/**
 * Applying migrations, setting up roles, and seeing how a database stands to
 * them. A module of its own, so that the application does not load the schema
 * engine.
 */
export { findMissingRoles, RolesError, setUpRoles } from '../roles/set-up-roles.ts';
export { deployMigrations } from './deploy.ts';
export type { DeployOptions } from './deploy-options.ts';
export { MigrationError, type MigrationErrorKind } from './error.ts';
export { PRISMA_FOLDER as prismaFolder } from './folder.ts';
export { type MigrationStatus, type MigrationStatusOptions, migrationStatus } from './status.ts';
