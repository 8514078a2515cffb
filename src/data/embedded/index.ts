/** The database that comes along: a PostgreSQL of the gateway's own, or the roles it needs on somebody else's. */
export { attachCluster, findRunningCluster, type RunningCluster } from "./attachment.js";
export { type Cluster, type ClusterOptions, startCluster } from "./cluster.js";
export { type DatabaseUrls, prepareDatabase } from "./foreign.js";
export { type DatabaseFinding, inspectDatabase } from "./inspection.js";
export { type LastingCluster, startLastingCluster } from "./lasting.js";
export { DatabaseUnusable, type DatabaseUnusableCode } from "./unusable.js";
