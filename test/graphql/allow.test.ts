/** Every root field is open to keys with its scope, and shut to a key that has all the others. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  type GraphQLField,
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type OperationTypeNode,
} from "graphql";
import { buildGraph } from "../../src/graphql/schema.js";
import { SCOPES, type ScopeName } from "../../src/identity/index.js";
import { openGateway, type TestGateway } from "../support/gateway.js";

type RootField = GraphQLField<unknown, unknown>;
const schema = buildGraph();
const roots: readonly (readonly [string, RootField])[] = [schema.getQueryType(), schema.getMutationType()].flatMap(
  (type) => Object.values(type?.getFields() ?? {}).map((field) => [type?.name.toLowerCase() ?? "", field] as const),
);
const guarded = roots.filter(([, field]) => field.extensions.scope !== undefined);

/** The least that may be written for a type. */
function least(type: GraphQLInputType): string {
  const named = getNullableType(type);
  if (isListType(named)) return `[${least(named.ofType)}]`;
  if (isEnumType(named)) return named.getValues()[0]?.name ?? "";
  if (named.toString() === "Boolean") return "false";
  if (!isInputObjectType(named)) return named.toString() === "Int" ? "1" : `"x"`;
  const fields = Object.values(named.getFields()).filter((field) => isNonNullType(field.type));
  return `{${fields.map((field) => `${field.name}: ${least(field.type)}`).join(", ")}}`;
}

function leastQuery(kind: OperationTypeNode | string, field: RootField): string {
  const needed = field.args.filter((argument) => isNonNullType(argument.type) && argument.defaultValue === undefined);
  const args = needed.map((argument) => `${argument.name}: ${least(argument.type)}`).join(", ");
  const selection =
    kind === "mutation" || field.name === "checkoutReadiness" ? "userErrors { code message }" : "__typename";
  return `${kind} { ${field.name}${args && `(${args})`} { ${selection} } }`;
}

let gateway: TestGateway;
const keys = new Map<string, string>();

/** A key with these scopes, made once. */
async function keyWith(scopes: readonly ScopeName[]): Promise<string> {
  const known = keys.get(scopes.join());
  if (known !== undefined) return known;
  const names = scopes.map((scope) => scope.replace(":", "_").toUpperCase()).join();
  const { body } = await gateway.ask<{ createApiKey: { secret: string } }>(
    `mutation { createApiKey(input: {name: "t", scopes: [${names}], ownerKind: SERVICE, ownerName: "t"}) { secret } }`,
  );
  const secret = body.data?.createApiKey.secret ?? "";
  keys.set(scopes.join(), secret);
  return secret;
}

beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.close());

describe("a root field", () => {
  test.each(guarded.map(([kind, field]) => [field.name, kind, field] as const))(
    "%s takes its scope and no other",
    async (_, kind, field) => {
      const { scope } = field.extensions;
      if (scope === undefined) throw new Error("guarded fields have a scope");
      const query = leastQuery(kind, field);
      const refusal = new RegExp(`lacks the scope ${scope}`);
      const open = await gateway.ask(query, {}, await keyWith([scope]));
      expect([open.status, JSON.stringify(open.body)]).toEqual([200, expect.not.stringMatching(/lacks the scope/)]);
      const shut = await gateway.ask(query, {}, await keyWith(SCOPES.filter((other) => other !== scope)));
      expect([shut.status, JSON.stringify(shut.body)]).toEqual([200, expect.stringMatching(refusal)]);
      expect(JSON.stringify(shut.body)).toContain("FORBIDDEN");
    },
  );

  test("a consumer's profile and connections take scopes of their own, wherever they are reached", async () => {
    await gateway.ask(
      `mutation { saveProfile(input: {externalId: "e", profile: {buyer: {email: "e@example.com"}}}) { created } }`,
    );
    const poor = await keyWith(["consumers:read", "consumers:write", "checkouts:read"]);
    const codes = async (query: string) => JSON.stringify((await gateway.ask(query, {}, poor)).body);
    expect(await codes(`{ consumer(externalId: "e") { id } }`)).not.toContain("FORBIDDEN");
    for (const part of ["profile { complete }", "profile { updatedAt }", "connections { id }"]) {
      expect(await codes(`{ consumer(externalId: "e") { ${part} } }`)).toContain("FORBIDDEN");
      expect(await codes(`{ consumers { nodes { ${part} } } }`)).toContain("FORBIDDEN");
      expect(
        await codes(
          `mutation { updateConsumer(input: {consumer: {externalId: "e"}, shopperReference: "ref-1"}) { consumer { ${part} } userErrors { code } } }`,
        ),
      ).toContain("FORBIDDEN");
    }
  });

  test("a profile of which only the date is asked is still found", async () => {
    const { body } = await gateway.ask(
      `{ consumer(externalId: "e") { profile { updatedAt } } profile(consumer: {externalId: "e"}) { updatedAt } }`,
    );
    expect(body.data).toEqual({
      consumer: { profile: { updatedAt: expect.any(String) } },
      profile: { updatedAt: expect.any(String) },
    });
  });
});
