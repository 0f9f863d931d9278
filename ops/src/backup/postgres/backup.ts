export async function backUpPostgres(..._: unknown[]): Promise<void> {}
