import { parentPort } from 'node:worker_threads';
import { ProgrammingError } from '../../../errors.ts';
import { FileReader } from './file-reader.ts';
import type { FromReader, ReaderFailure, ToReader } from './protocol.ts';

const port = parentPort;
if (port === null) throw new ProgrammingError('the reader runs as a worker thread only');
const send = (message: FromReader, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

let reader: FileReader | undefined;

port.on('message', (message: ToReader) => {
  try {
    const answer = answerTo(message);
    if (answer) send(answer);
  } catch (error) {
    reader?.giveWay();
    send({ type: 'failed', error: describeFailure(error) });
  }
});

function answerTo(message: ToReader): FromReader | undefined {
  if (message === 'release') {
    reader?.close();
    reader = undefined;
    return { type: 'released' };
  }
  if (message !== 'open' && message.kind === 'begin') {
    reader = new FileReader(message, send);
    return undefined;
  }
  if (reader === undefined) throw new ProgrammingError('a reader has to be given a file first');
  if (message !== 'open') return { type: 'done', result: reader.run(message) };
  reader.open();
  return { type: 'open' };
}

function describeFailure(error: unknown): ReaderFailure {
  const { message, kind, code } = error as Partial<ReaderFailure>;
  return { message: message ?? String(error), ...(kind && { kind }), ...(code && { code }) };
}
