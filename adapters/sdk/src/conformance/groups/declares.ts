import assert from "node:assert/strict";
import { PROFILE_FIELDS } from "../../identity.js";
import { type Group, isNone, keep } from "../bench.js";

const KEBAB_CASE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const HOST_NAME = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z]$/;

/** What the gateway reads before it calls anything. */
export const declares: Group = ({ adapter, settings, credentials, cart }) => [
  {
    name: "declares/names",
    title: "a permanent kebab-case id, a title for shoppers, contract 1",
    run: async () => {
      assert.match(adapter.id, KEBAB_CASE, "id is not kebab-case");
      assert.ok(adapter.title.trim() !== "", "title is empty");
      assert.equal(adapter.contract, 1, "contract is not 1");
    },
  },
  {
    name: "declares/hosts",
    title: "plain public host names, the same every time",
    run: async () => {
      const hosts = adapter.hosts(settings);
      assert.ok(hosts.length > 0 || adapter.routes?.length, "hosts is empty, and the store does not ask us either");
      for (const host of hosts) assert.match(host, HOST_NAME, "a host is not a lower-case public host name");
      assert.deepEqual(adapter.hosts(settings), hosts, "hosts is not pure");
    },
  },
  {
    name: "declares/needs",
    title: "only known fields, each once",
    run: async () => {
      const { required, optional } = adapter.needs.checkout;
      for (const fields of [[...required, ...optional], adapter.needs.readiness, adapter.needs.anonymize]) {
        for (const field of fields) assert.ok(PROFILE_FIELDS.includes(field), `unknown field ${field}`);
        assert.equal(new Set(fields).size, fields.length, "a field is named twice");
      }
      const isBrowsed = adapter.browser !== undefined; // then the store has the shopper's data already
      assert.ok(isBrowsed || isNone(cart) || required.length > 0, "a checkout that needs no field needs no vault");
    },
  },
  {
    name: "declares/keeps",
    title: "validators that accept what is kept and refuse nonsense",
    run: async () => {
      const bench = { adapter } as Parameters<typeof keep>[0];
      assert.deepEqual(adapter.hosts(await keep(bench, "settings", settings)), adapter.hosts(settings));
      if (credentials !== null) await keep(bench, "credentials", credentials);
      for (const part of ["settings", "credentials", "secret", "pending"] as const) {
        const judged = await adapter.keeps[part]["~standard"].validate(() => "nonsense");
        assert.ok(judged.issues !== undefined, `keeps.${part} accepts a function`);
      }
    },
  },
  {
    name: "declares/members",
    title: "every member of the contract is there",
    run: async () => {
      const { connect, checkoutIdentity, anonymize, impersonate, routes = [] } = adapter;
      const members: Record<string, unknown> = {
        ...pick(connect, "connect", ["start", "finish", "verify", "disconnect"]),
        ...pick(checkoutIdentity, "checkoutIdentity", ["readiness", "apply", "abandon"]),
        ...pick(anonymize, "anonymize", ["request", "status", "cancel"]),
        ...(impersonate === undefined ? {} : pick(impersonate, "impersonate", ["start", "check", "stop"])),
      };
      for (const [name, member] of Object.entries(members))
        assert.equal(typeof member, "function", `${name} is missing`);
      assert.equal(new Set(routes.map(({ name }) => name)).size, routes.length, "two routes have one name");
      for (const { name } of routes) assert.match(name, KEBAB_CASE, "a route's name is not kebab-case");
    },
  },
];

function pick<T extends object>(
  part: T,
  name: string,
  members: readonly (keyof T & string)[],
): Record<string, unknown> {
  return Object.fromEntries(members.map((member) => [`${name}.${member}`, part[member]]));
}
