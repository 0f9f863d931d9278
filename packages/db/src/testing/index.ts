/**
 * What the tests of an application need of its database: one of their own, and rows in it. Not for production: it makes
 * and removes databases.
 */
export { type MadeTenant, makeTenant, newInvoice } from './factories.ts';
export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database.ts';
