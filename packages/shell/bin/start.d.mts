/** Starts a built command line, and says what to do where it is not built. */
export function start(commands: string, cli: URL): Promise<void>;
