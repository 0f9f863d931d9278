/** One entry of a 422 answer's `detail`: where in the request, what is wrong, and the kind of fault. */
export interface Problem {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/**
 * An answer other than the wanted one, thrown anywhere below a route and
 * written by the error middleware. What it carries is shown to the client.
 *
 * @example throw new HttpError(404, 'Invoice not found');
 */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly detail: string | readonly Problem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    detail: string | readonly Problem[],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(typeof detail === 'string' ? detail : `${detail.length} problems in the request`);
    this.status = status;
    this.detail = detail;
    this.headers = headers;
  }
}

/** 422 with its list of problems. */
export function unprocessable(problems: readonly Problem[]): HttpError {
  return new HttpError(422, problems);
}

/** 503: the caller may try again after `retryAfterSeconds`. */
export function unavailable(detail: string, retryAfterSeconds: number): HttpError {
  return new HttpError(503, detail, { 'Retry-After': String(retryAfterSeconds) });
}
