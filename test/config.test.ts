import { describe, expect, test } from "@jest/globals";
import { ConfigInvalid, readConfig } from "../src/config.js";

const invalid = (env: NodeJS.ProcessEnv): Error => {
  try {
    readConfig(env);
  } catch (error) {
    return error as Error;
  }
  throw new Error("it was accepted");
};

describe("the configuration", () => {
  test("has a default for everything", () => {
    expect(readConfig({})).toMatchObject({
      host: "127.0.0.1",
      port: 4000,
      databaseUrl: null,
      development: true,
      playground: true,
    });
  });

  test("closes what is for developers in production", () => {
    expect(readConfig({ NODE_ENV: "production" })).toMatchObject({ development: false, playground: false });
  });

  test.each([
    ["PORT", "seventy"],
    ["PORT", "70000"],
    ["DATABASE_URL", "mysql://root:hunter2@db/x"],
    ["LOG_LEVEL", "loud-hunter2"],
    ["SHOPKEY_SANDBOXES", "maybe-hunter2"],
    ["SHOPKEY_ROOT_KEY", "hunter2"],
  ])("names %s and never its value", (variable, value) => {
    const error = invalid({ [variable]: value });
    expect(error).toBeInstanceOf(ConfigInvalid);
    expect(error.message).toContain(variable);
    expect(error.message).not.toContain(value);
  });

  test("hosts a browser in development, elsewhere when it is told where", () => {
    const browserOf = (env: NodeJS.ProcessEnv) => readConfig(env).browser;
    expect(browserOf({})).toMatchObject({
      mode: "local",
      sandbox: "required",
      liveView: { port: 4100, anyPort: true },
    });
    expect(browserOf({ PORT: "0" }).liveView).toMatchObject({ host: "127.0.0.1", port: 0, publicOrigin: null });
    expect(browserOf({ SHOPKEY_LIVE_VIEW_PORT: "7000" }).liveView).toMatchObject({ port: 7000, anyPort: false });
    expect(browserOf({ NODE_ENV: "production" }).mode).toBe("off");
    expect(browserOf({ NODE_ENV: "production", SHOPKEY_BROWSER: "on" }).mode).toBe("local");
    expect(browserOf({ NODE_ENV: "production", SHOPKEY_BROWSER_WORKERS: "w.json" }).mode).toBe("remote");
    expect(browserOf({ SHOPKEY_BROWSER: "off", SHOPKEY_BROWSER_WORKERS: "w.json" }).mode).toBe("off");
    expect(invalid({ SHOPKEY_LIVE_VIEW_ORIGIN: "https://live.example/path" }).message).toContain("without a path");
    expect(invalid({ SHOPKEY_WORKER_NAME: "Worker 1" }).message).toContain("SHOPKEY_WORKER_NAME");
  });

  test("refuses a root key from the environment in production", () => {
    const error = invalid({ NODE_ENV: "production", SHOPKEY_ROOT_KEY: "A".repeat(44) });
    expect(error.message).toContain("SHOPKEY_ROOT_KEY_FILE");
  });

  test("takes the roles' logins both or not at all", () => {
    expect(invalid({ DATABASE_APP_URL: "postgres://app@db/x" }).message).toContain("DATABASE_CLOCK_URL");
    const both = { DATABASE_APP_URL: "postgres://app@db/x", DATABASE_CLOCK_URL: "postgres://clock@db/x" };
    expect(readConfig(both).databaseRoles).toEqual({
      appUrl: both.DATABASE_APP_URL,
      clockUrl: both.DATABASE_CLOCK_URL,
    });
  });
});
