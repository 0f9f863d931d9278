/** Connections to the database of what delivers webhooks: claims and outcomes are few statements, with many events each. */
export const WEBHOOK_CONNECTIONS = 2;
