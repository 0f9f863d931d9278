import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { afterEach, expect, it } from 'vitest';
import { inTurn } from '../src/http/in-turn.ts';
import { listen, urlOf } from '../src/server/listen.ts';

let close = () => {};
afterEach(() => close());

/** What a client is told by handlers that stand in turn, with a layer of Express's behind them. */
async function answerOf(...handlers: RequestHandler[]): Promise<string> {
  const app = express();
  app.use(inTurn(...handlers));
  app.use((_request, response) => void response.end('passed'));
  const told: ErrorRequestHandler = (error: Error, _request, response, _next) => {
    response.end(`refused: ${error.message}`);
  };
  app.use(told);
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  close = () => void server.close();
  return (await fetch(urlOf(server), { headers: { Connection: 'close' } })).text();
}

const pass: RequestHandler = (_request, _response, next) => next();
const passLater: RequestHandler = async (_request, _response, next) => {
  await Promise.resolve();
  next();
};
const never: RequestHandler = (_request, response) => void response.end('called');

it.each<[string, RequestHandler[], string]>([
  ['each calls the next one, and the last one what is behind them', [pass, passLater, pass], 'passed'],
  ['one that answers ends it', [pass, never, pass], 'called'],
  [
    'what one throws',
    [pass, () => Promise.resolve().then(() => Promise.reject(new Error('later'))), never],
    'refused: later',
  ],
  [
    'what one throws at once',
    [
      passLater,
      () => {
        throw new Error('now');
      },
      never,
    ],
    'refused: now',
  ],
  [
    'what one is refused with',
    [pass, (_request, _response, next) => next(new Error('no')), never],
    'refused: no',
  ],
])('%s', async (_, handlers, answer) => {
  expect(await answerOf(...handlers)).toBe(answer);
});
