/** Something a person has to put right before the service can start; the message says what, without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
