/**
 * The role that the API answers its tenants as. It owns nothing and cannot pass
 * by row-level security. A server has one, whatever number of databases use it.
 */
export const APP_ROLE = 'vatevo_app';

/** The setting that tells the policies of the tables whose rows may be seen. */
export const TENANT_SETTING = 'vatevo.tenant_id';

/** All that the role may do; what is missing here is not allowed. */
export const APP_GRANTS: readonly string[] = [
  `GRANT USAGE ON SCHEMA public TO ${APP_ROLE}`,
  `GRANT SELECT (id, name, api_key_prefix, webhook_url, is_active, created_at, updated_at) ON public.tenants TO ${APP_ROLE}`,
  `GRANT UPDATE (webhook_secret, updated_at) ON public.tenants TO ${APP_ROLE}`,
  `GRANT SELECT, INSERT, UPDATE ON public.invoices TO ${APP_ROLE}`,
  `GRANT SELECT, INSERT ON public.webhook_events TO ${APP_ROLE}`,
  `GRANT SELECT, INSERT, UPDATE (answer) ON public.idempotency_keys TO ${APP_ROLE}`,
  `GRANT USAGE ON SEQUENCE public.invoices_id_seq, public.webhook_events_id_seq TO ${APP_ROLE}`,
  `GRANT EXECUTE ON FUNCTION public.vatevo_tenant_by_key(text),
     public.vatevo_create_tenant(text, text, text, text, text),
     public.vatevo_claim_deliveries(integer, integer, integer),
     public.vatevo_settle_delivery(integer, integer, boolean, timestamptz),
     public.vatevo_forget_idempotency_keys(timestamptz) TO ${APP_ROLE}`,
];
