/** TLS could not be agreed on. The cause is Node's own error where there is one. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
}
