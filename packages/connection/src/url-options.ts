import type { SslMode } from './ssl.ts';

/** What holds beside a URL. */
export interface UrlOptions {
  /** The variable that the URL comes from, for messages; POSTGRES_URL when omitted. */
  readonly variable?: string;
  /** DB_SSL_MODE, which must not contradict the URL's own. */
  readonly sslMode?: SslMode | undefined;
  /** DB_SSL_ROOT_CERT, which must not contradict the URL's own. */
  readonly rootCertFile?: string | undefined;
  /** POSTGRES_PASSWORD_FILE, which must not stand beside a password in the URL. */
  readonly passwordFile?: string | undefined;
  /** What holds when neither says anything; `disable` when omitted. */
  readonly defaultSslMode?: SslMode | undefined;
}
