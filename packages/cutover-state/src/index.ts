export { type FileReading, type Primary, primaryOf, type ServerReading } from './primary.ts';
export {
  type Ask,
  askFileRecord,
  askServerRecord,
  CUTOVER,
  FENCE_MARK,
  type FileRecord,
  knownState,
  readFileRecord,
  type ServerRecord,
  sayUnknown,
  UnknownCutoverStateError,
} from './record.ts';
export {
  FILE_STATES,
  type FileState,
  fileState,
  SERVER_STATES,
  type ServerState,
  STORED_IN_FILE,
  STORED_IN_SERVER,
  serverState,
  type Unknown,
} from './states.ts';
export {
  canTransition,
  type FileTransitionName,
  Proof,
  type ServerTransitionName,
  TRANSITIONS,
} from './transitions.ts';
