/**
 * The role that the API answers its tenants as. It owns nothing and cannot pass
 * by row-level security. A server has one, whatever number of databases use it.
 */
export const APP_ROLE = 'vatevo_app';

/** The setting that tells the policies of the tables whose rows may be seen. */
export const TENANT_SETTING = 'vatevo.tenant_id';
