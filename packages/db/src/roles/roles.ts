/**
 * The role that the API answers its tenants as. It owns nothing and cannot pass
 * by row-level security. A server has one, whatever number of databases use it.
 */
export const APP_ROLE = 'vatevo_app';

/**
 * The role of what is done for all tenants, or before there is one: it may call the functions that do it, and owns
 * nothing either. Apart from {@link APP_ROLE}, so that no statement of a tenant reaches these functions.
 */
export const JOBS_ROLE = 'vatevo_jobs';

/** The roles that the schema gives rights to. */
export const ROLES = [APP_ROLE, JOBS_ROLE] as const;
export type Role = (typeof ROLES)[number];

/** The setting that tells the policies of the tables whose rows may be seen. */
export const TENANT_SETTING = 'vatevo.tenant_id';
