/** Somebody else's PostgreSQL (`DATABASE_URL`): what the gateway needs to find there, or to be allowed to make. */

/** Connection strings for the three parts the gateway plays; they may hold passwords. */
export interface DatabaseUrls {
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly clockUrl: string;
}

export async function prepareDatabase(ownerUrl: string): Promise<DatabaseUrls> {
  return { ownerUrl, appUrl: ownerUrl, clockUrl: ownerUrl };
}
