export * from "./contract.js";
export * from "./errors.js";
export * from "./identity.js";
export * from "./impersonation.js";
export * from "./memory.js";
export * from "./page.js";
export * from "./recognition.js";
export * from "./routes.js";
