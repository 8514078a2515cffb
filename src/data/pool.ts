import type pg from "pg";

/**
 * Gives a connection back to its pool when it ends while it is borrowed. Kysely does not: a transaction whose COMMIT
 * or ROLLBACK fails because the connection is gone keeps its place for good, and a pool that has lost each of its
 * connections once in a transaction would never answer again.
 */
export function releaseWhenLost(pool: pg.Pool): void {
  pool.on("connect", (client) => {
    let release: Release = () => {};
    // The pool sets it anew each time it lends the connection, and refuses to be given one back twice.
    Object.defineProperty(client, "release", {
      get: () => release,
      set: (lent: Release) => {
        release = once(lent);
      },
    });
    client.on("end", () => release(true));
  });
}

type Release = (broken?: Error | boolean) => void;

function once(lent: Release): Release {
  let done = false;
  return (broken) => {
    if (done) return;
    done = true;
    lent(broken);
  };
}
