/** After all tests: stops the cluster, if one was asked for. */
export default async function closeDoor() {
  await globalThis.shopkeyTestDatabases?.();
}
