export async function restorePostgres(..._: unknown[]): Promise<void> {}
