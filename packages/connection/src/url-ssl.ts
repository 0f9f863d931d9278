import { SSL_MODES, type SslMode, type SslSettings, SYSTEM, TLS_VERSIONS } from './ssl.ts';
import type { UrlOptions } from './url-options.ts';
import { type Fault, readChoice, type Said } from './url-parameters.ts';

/** What a URL and the variables beside it say of TLS, in any of the words that tools have for it. */
export function readSsl(
  said: Said,
  { sslMode, rootCertFile, defaultSslMode = 'disable' }: UrlOptions,
  fault: Fault,
): SslSettings {
  const named = readAuthority(said, rootCertFile, fault);
  const strict = readAccept(said, fault);
  const root = named ?? (strict ? SYSTEM : undefined);
  const inUrl = readMode(said, strict, fault);
  if (inUrl !== undefined && sslMode !== undefined && inUrl !== sslMode) {
    fault(`says sslmode=${inUrl}, but DB_SSL_MODE says ${sslMode}`, 'one of the two, or the same in both');
  }
  if ((said('sslmode') ?? said('ssl')) === 'no-verify' && root !== undefined) {
    fault('says no-verify, but an authority to verify with is named', 'one of the two');
  }
  const { needsTls, ...demands } = readDemands(said, fault);
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
  const minVersion = readChoice(said, 'ssl_min_protocol_version', TLS_VERSIONS, fault);
  const maxVersion = readChoice(said, 'ssl_max_protocol_version', TLS_VERSIONS, fault);
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
    ...demands,
  };
}

/** The file of authorities that the URL or the variable names. */
function readAuthority(said: Said, inVariable: string | undefined, fault: Fault): string | undefined {
  const inUrl = said('sslrootcert');
  if (inUrl !== undefined && inVariable !== undefined && inUrl !== inVariable) {
    fault('says another sslrootcert than DB_SSL_ROOT_CERT', 'one of the two, or the same in both');
  }
  return inVariable ?? inUrl;
}

/** What only a connection with TLS can do. */
function readDemands(
  said: Said,
  fault: Fault,
): Pick<SslSettings, 'negotiation' | 'channelBinding'> & { needsTls: string | undefined } {
  const binds = readChoice(said, 'channel_binding', ['disable', 'prefer', 'require'], fault) === 'require';
  const isDirect = readChoice(said, 'sslnegotiation', ['postgres', 'direct'], fault) === 'direct';
  return {
    ...(isDirect && { negotiation: 'direct' }),
    ...(binds && { channelBinding: 'require' }),
    needsTls: binds ? 'channel_binding=require' : isDirect ? 'sslnegotiation=direct' : undefined,
  };
}

/** `sslmode`, `ssl` and `sslaccept` as one mode of libpq's; undefined when none of them says any. */
function readMode(said: Said, strict: boolean | undefined, fault: Fault): SslMode | undefined {
  const text = said('sslmode');
  const mode = text === undefined ? undefined : modeOf(text);
  if (text !== undefined && mode === undefined) fault('has an unknown sslmode', SSL_MODES.join(', '));
  const switched = readSwitch(said('ssl'), fault);
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
function readAccept(said: Said, fault: Fault): boolean | undefined {
  const accept = readChoice(said, 'sslaccept', ['strict', 'accept_invalid_certs'], fault);
  return accept === undefined ? undefined : accept === 'strict';
}

function readOwnCertificate(said: Said, fault: Fault) {
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

function strongest(one: SslMode, other: SslMode): SslMode {
  return SSL_MODES.indexOf(one) > SSL_MODES.indexOf(other) ? one : other;
}
