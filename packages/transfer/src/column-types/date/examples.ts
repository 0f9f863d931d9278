import { example } from '../examples.ts';
import { day } from '../timestamp/examples.ts';

export const examples = [example('date', day)];
