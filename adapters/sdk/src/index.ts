export * from "./contract.js";
export * from "./errors.js";
export * from "./identity.js";
export * from "./page.js";
export * from "./routes.js";
