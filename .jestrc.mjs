export default {
  rootDir: import.meta.dirname,
  roots: ["<rootDir>/test", "<rootDir>/adapters"],
  testMatch: ["**/test/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/dist/"],
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/adapters/[^/]+/dist/"],
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  testEnvironmentOptions: { customExportConditions: ["shopkey-source", "node", "node-addons"] },
  transform: { "^.+\\.ts$": ["@swc/jest"] },
  coverageProvider: "v8",
  workerIdleMemoryLimit: "768MB",
  testTimeout: 30_000,
};
