import fc from 'fast-check';
import { example } from '../examples.ts';

export const examples = [example('bytea', fc.uint8Array({ maxLength: 60 }))];
