import { z } from 'zod';
import { textUpTo } from './text.ts';

/** Events can only ever be delivered over HTTP, so anything else is refused at once. */
function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

export const webhookUrl = textUpTo(500).refine(isHttpUrl, {
  error: 'Input should be a valid http or https URL',
  params: { type: 'url_parsing' },
});

/** Body of `POST /tenants`. */
export const tenantRequest = z.object({
  name: textUpTo(255),
  webhook_url: webhookUrl.nullish().transform((value) => value ?? null),
});

export type TenantRequest = z.infer<typeof tenantRequest>;
