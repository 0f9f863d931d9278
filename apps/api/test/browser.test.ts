import { describe, expect, it } from 'vitest';
import { engines } from './support/engines.ts';

const [engine] = engines;
if (!engine) throw new Error('There is no engine.');

describe('headers for browsers', () => {
  const api = engine.startApi({ VATEVO_CORS_ORIGINS: 'https://app.example.org, https://other.example.org' });
  const allowed = async (origin: string, method = 'GET') => {
    const { headers } = await api.client.call(method, '/invoices', { headers: { Origin: origin } });
    return headers.get('access-control-allow-origin');
  };

  it('let the origins that are set read answers, and nobody else, never with credentials', async () => {
    expect(await allowed('https://app.example.org')).toBe('https://app.example.org');
    expect(await allowed('https://other.example.org')).toBe('https://other.example.org');
    expect(await allowed('https://evil.example')).toBeNull();
    const { headers } = await api.client.get('/health', { headers: { Origin: 'https://app.example.org' } });
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('answer the question before the call', async () => {
    const { status, headers } = await api.client.call('OPTIONS', '/invoices', {
      headers: { Origin: 'https://app.example.org', 'Access-Control-Request-Method': 'POST' },
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-headers')).toContain('Authorization');
  });

  it('keep pages from framing, sniffing and scripting the answers', async () => {
    const { headers } = await api.client.get('/health');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});
