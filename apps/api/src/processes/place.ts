/** Names the variable in which a process of several finds its place among them, from 0. */
export const PLACE = 'VATEVO_PROCESS_PLACE';
