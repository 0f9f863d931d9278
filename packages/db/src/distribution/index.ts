/**
 * What is to be known of the tables by those who distribute them over several servers.
 */
export { APP_ROLE, ROLES, TENANT_SETTING } from '../roles/roles.ts';
export { findObstacles, type Obstacle, type TenantTable } from './distributable.ts';
