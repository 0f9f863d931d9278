import { SSL_MODES, type SslMode, type SslSettings, SYSTEM, TLS_VERSIONS } from './ssl.ts';
import type { UrlOptions } from './url-options.ts';
import type { Fault } from './url-parameters.ts';

/** What a URL and the variables beside it say of TLS, in any of the words that tools have for it. */
export function readSsl(
  found: ReadonlyMap<string, string>,
  { sslMode, rootCertFile, defaultSslMode = 'disable' }: UrlOptions,
  fault: Fault,
): SslSettings {
  const said = (name: string) => found.get(name) || undefined;
  const rootInUrl = said('sslrootcert');
  if (rootInUrl !== undefined && rootCertFile !== undefined && rootInUrl !== rootCertFile) {
    fault('says another sslrootcert than DB_SSL_ROOT_CERT', 'one of the two, or the same in both');
  }
  const strict = readAccept(said('sslaccept'), fault);
  const root = rootCertFile ?? rootInUrl ?? (strict ? SYSTEM : undefined);
  const inUrl = readMode(found, strict, fault);
  if (inUrl !== undefined && sslMode !== undefined && inUrl !== sslMode) {
    fault(`says sslmode=${inUrl}, but DB_SSL_MODE says ${sslMode}`, 'one of the two, or the same in both');
  }
  if (/^no-verify$/.test(said('sslmode') ?? said('ssl') ?? '') && root !== undefined) {
    fault('says no-verify, but an authority to verify with is named', 'one of the two');
  }
  const channelBinding = readOne(
    said('channel_binding'),
    ['disable', 'prefer', 'require'],
    'channel_binding',
    fault,
  );
  const negotiation = readOne(said('sslnegotiation'), ['postgres', 'direct'], 'sslnegotiation', fault);
  const needsTls =
    channelBinding === 'require'
      ? 'channel_binding=require'
      : negotiation === 'direct'
        ? 'sslnegotiation=direct'
        : undefined;
  const standing =
    root === SYSTEM ? 'verify-full' : strongest(defaultSslMode, needsTls ? 'require' : 'disable');
  const mode = sslMode ?? inUrl ?? standing;
  if (needsTls !== undefined && (mode === 'disable' || mode === 'prefer')) {
    fault(
      `says ${needsTls}, which needs TLS, but sslmode is ${mode}`,
      'sslmode=require or one that verifies',
    );
  }
  const own = readOwnCertificate(said, fault);
  const minVersion = readOne(
    said('ssl_min_protocol_version'),
    TLS_VERSIONS,
    'ssl_min_protocol_version',
    fault,
  );
  const maxVersion = readOne(
    said('ssl_max_protocol_version'),
    TLS_VERSIONS,
    'ssl_max_protocol_version',
    fault,
  );
  const revocationFile = said('sslcrl');
  if (revocationFile !== undefined && root === undefined) {
    fault(
      'names withdrawn certificates, but no authority to verify with',
      'sslcrl together with sslrootcert',
    );
  }
  return {
    mode,
    ...(root && { rootCertFile: root }),
    ...(revocationFile && { revocationFile }),
    ...own,
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
    ...(negotiation === 'direct' && { negotiation }),
    ...(channelBinding === 'require' && { channelBinding }),
  };
}

/** `sslmode`, `ssl` and `sslaccept` as one mode of libpq's; undefined when none of them says any. */
function readMode(
  found: ReadonlyMap<string, string>,
  strict: boolean | undefined,
  fault: Fault,
): SslMode | undefined {
  const text = found.get('sslmode') || undefined;
  const mode = text === undefined ? undefined : modeOf(text);
  if (text !== undefined && mode === undefined) fault('has an unknown sslmode', SSL_MODES.join(', '));
  const switched = readSwitch(found.get('ssl') || undefined, fault);
  const clear = mode === 'disable' || mode === 'prefer';
  if (switched !== undefined && mode !== undefined && clear !== (switched === 'disable')) {
    fault('contradicts itself in ssl and sslmode', 'one of the two');
  }
  if (strict === true && (mode === 'disable' || mode === 'prefer' || switched === 'disable')) {
    fault('says sslaccept=strict, but not that TLS is needed', 'sslaccept=strict with sslmode=require');
  }
  if (strict === false && (mode === 'verify-ca' || mode === 'verify-full')) {
    fault(`says sslaccept=accept_invalid_certs, but sslmode=${mode}`, 'one of the two');
  }
  if (strict === true) return 'verify-full';
  return mode ?? switched;
}

/** libpq's words, and those of others: `allow` ends as `prefer` does, `no-verify` is node-postgres's and Heroku's. */
function modeOf(text: string): SslMode | undefined {
  if (text === 'allow') return 'prefer';
  if (text === 'no-verify') return 'require';
  return SSL_MODES.find((known) => known === text);
}

/** `ssl=true`, as JDBC and node-postgres have it. */
function readSwitch(text: string | undefined, fault: Fault): 'require' | 'disable' | undefined {
  if (text === undefined) return undefined;
  if (/^(true|1|on|no-verify)$/.test(text)) return 'require';
  if (/^(false|0|off)$/.test(text)) return 'disable';
  fault('has an unknown ssl', 'true, false, or sslmode instead');
  return undefined;
}

/** Prisma's word for whether the server's certificate is checked. */
function readAccept(text: string | undefined, fault: Fault): boolean | undefined {
  const accept = readOne(text, ['strict', 'accept_invalid_certs'], 'sslaccept', fault);
  return accept === undefined ? undefined : accept === 'strict';
}

function readOwnCertificate(said: (name: string) => string | undefined, fault: Fault) {
  const certFile = said('sslcert');
  const keyFile = said('sslkey');
  const identityFile = said('sslidentity');
  if ((certFile === undefined) !== (keyFile === undefined)) {
    fault(
      'has one of sslcert and sslkey',
      'both for a client certificate; sslrootcert=FILE for an authority to trust',
    );
  }
  if (identityFile !== undefined && certFile !== undefined) {
    fault('has two client certificates', 'sslidentity, or sslcert with sslkey');
  }
  return {
    ...(certFile && { certFile }),
    ...(keyFile && { keyFile }),
    ...(identityFile && { identityFile }),
  };
}

function readOne<const Name extends string>(
  text: string | undefined,
  names: readonly Name[],
  parameter: string,
  fault: Fault,
): Name | undefined {
  const name = names.find((known) => known === text);
  if (text !== undefined && name === undefined) fault(`has an unknown ${parameter}`, names.join(', '));
  return name;
}

function strongest(one: SslMode, other: SslMode): SslMode {
  return SSL_MODES.indexOf(one) > SSL_MODES.indexOf(other) ? one : other;
}
