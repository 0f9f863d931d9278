import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { SchemaEngineError } from '../engine/error.ts';

/** Answers one request; what it returns is the result, what it throws the error. */
export type Handler = (method: string, params: unknown) => Promise<unknown>;

/**
 * The protocol between the Prisma CLI and a schema engine: JSON-RPC 2.0, one
 * object a line.
 *
 * The CLI waits for ever for an answer that does not come, and if the engine
 * then leaves with code 0, so does the CLI: as if all had gone well. So every
 * request is answered, and {@link RpcServer.isBusy} tells whether one is not yet.
 */
export class RpcServer {
  readonly #output: Writable;
  readonly #handler: Handler;
  readonly #pending = new Set<unknown>();
  #nextId = 1;

  constructor(output: Writable, handler: Handler) {
    this.#output = output;
    this.#handler = handler;
  }

  /** True while a request has no answer. */
  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  /** Serves until the input ends. */
  async serve(input: Readable): Promise<void> {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() !== '') this.#receive(line);
    }
  }

  /** Answers every open request with this error. */
  failAll(error: unknown): void {
    for (const id of [...this.#pending]) this.#reject(id, error);
  }

  #receive(line: string): void {
    const message = JSON.parse(line) as { id?: unknown; method?: unknown; params?: unknown };
    // Everything else is the CLI's acknowledgement of a `print`.
    if (typeof message.method !== 'string') return;
    const { id, method, params } = message;
    this.#pending.add(id);
    this.#handler(method, params).then(
      (result) => this.#resolve(id, result),
      (error) => this.#reject(id, error),
    );
  }

  #resolve(id: unknown, result: unknown): void {
    if (!this.#pending.delete(id)) return;
    const text = (result as { stdout?: unknown } | undefined)?.stdout;
    if (typeof text === 'string') {
      // The native engine prints through the CLI, which adds the last line's end.
      const content = text.replace(/\n$/, '');
      this.#send({ method: 'print', params: { content }, id: this.#nextId++ });
    }
    this.#send({ result: result ?? {}, id });
  }

  #reject(id: unknown, error: unknown): void {
    if (!this.#pending.delete(id)) return;
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof SchemaEngineError ? error.code : undefined;
    this.#send({
      error: {
        code: 4466,
        message: 'An error happened. Check the data field for details.',
        // A panic would have the CLI offer to send a report, schema included, to Prisma.
        data: { is_panic: false, message, meta: null, error_code: code ?? null },
      },
      id,
    });
  }

  #send(message: object): void {
    this.#output.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }
}
