/** The graph keeps its conventions, and moves only when someone says so. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import {
  type GraphQLObjectType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from "graphql";
import { emitSchema } from "../../src/graphql/emit.js";
import { buildGraph } from "../../src/graphql/schema.js";
import { SCOPES } from "../../src/identity/index.js";

const schema = buildGraph();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);
const root = (type: GraphQLObjectType | null | undefined) => Object.values(type?.getFields() ?? {});
const queries = root(schema.getQueryType());
const mutations = root(schema.getMutationType());

/** Every place that a description can stand at, with the description. */
function* described(): Generator<readonly [place: string, words: string | null | undefined]> {
  yield ["schema", schema.description];
  for (const type of types) {
    yield [type.name, type.description];
    if (isEnumType(type)) for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description];
    if (!isObjectType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      yield [`${type.name}.${field.name}`, field.description];
      if ("args" in field)
        for (const argument of field.args) yield [`${type.name}.${field.name}(${argument.name})`, argument.description];
    }
  }
}

test("schema.graphql is what the code says; refresh it with `npm run schema`", () => {
  const committed = readFileSync(resolve(import.meta.dirname, "../../schema.graphql"), "utf8");
  expect(emitSchema()).toBe(committed);
});

describe("descriptions", () => {
  test("stand everywhere, as sentences or code", () => {
    const places = [...described()];
    expect(places.length).toBeGreaterThan(250);
    const poor = places.filter(([, words]) => !words || words.trim().length < 4 || !/[.`?]$/.test(words.trim()));
    expect(poor.map(([place]) => place)).toEqual([]);
  });
});

describe("root fields", () => {
  test("say which scope they need, and all but `viewer` need one", () => {
    for (const field of [...queries, ...mutations]) {
      const { scope } = field.extensions;
      if (field.name === "viewer") continue;
      expect([field.name, SCOPES.includes(scope as never)]).toEqual([field.name, true]);
      expect(field.description).toContain(`\`${scope}\``);
    }
  });

  test("are the ones that the gateway promises", () => {
    expect(queries.map(({ name }) => name).sort()).toEqual(
      "adapters anonymizationRequest anonymizationRequests apiKeys auditEvents checkoutIdentity checkoutReadiness connection connections consumer consumers gateRefusals impersonationSession impersonationSessions operatorLogin operatorLogins profile store stores viewer".split(
        " ",
      ),
    );
    expect(mutations.map(({ name }) => name).sort()).toEqual(
      "applyCheckoutIdentity cancelAnonymization cancelConnection connectOperator createApiKey createConsumer deleteProfile disconnect disconnectOperator endImpersonation finishConnection refreshGatePass registerStore removeStore renewImpersonation reportOrder requestAnonymization revokeApiKey saveProfile settleAnonymizationStep startConnection startImpersonation switchImpersonations updateConsumer updateStore verifyConnection".split(
        " ",
      ),
    );
  });
});

describe("mutations", () => {
  test("take one input with an idempotency key, and answer with user errors", () => {
    for (const mutation of mutations) {
      const title = mutation.name.charAt(0).toUpperCase() + mutation.name.slice(1);
      expect(mutation.args.map((argument) => `${argument.name}: ${argument.type}`)).toEqual([`input: ${title}Input!`]);
      const input = schema.getType(`${title}Input`);
      expect(isInputObjectType(input) && String(input.getFields().idempotencyKey?.type)).toBe("String");
      const payload = getNamedType(mutation.type);
      expect(String(mutation.type)).toBe(`${title}Payload!`);
      expect(isObjectType(payload) && String(payload.getFields().userErrors?.type)).toBe("[UserError!]!");
    }
  });

  test("that carry a credential or a guess stand alone", () => {
    const alone = mutations.filter((mutation) => mutation.extensions.alone).map(({ name }) => name);
    expect(alone.sort()).toEqual([
      "applyCheckoutIdentity",
      "cancelAnonymization",
      "connectOperator",
      "createApiKey",
      "disconnect",
      "disconnectOperator",
      "endImpersonation",
      "finishConnection",
      "registerStore",
      "renewImpersonation",
      "revokeApiKey",
      "startConnection",
      "startImpersonation",
      "switchImpersonations",
      "updateStore",
      "verifyConnection",
    ]);
  });
});

describe("types", () => {
  const objects = types.filter(isObjectType);

  test("have no resolvers of their own, but for those that a DataLoader answers: a root field loads what is below it", () => {
    const busy = objects
      .filter((type) => type !== schema.getQueryType() && type !== schema.getMutationType())
      .flatMap((type) => Object.values(type.getFields()).filter((field) => field.resolve !== undefined));
    expect(busy.map(({ name }) => name).sort()).toEqual(["account", "actor", "anonymization"]);
  });

  test("never lead back to themselves, so that a query's size is bounded by its text", () => {
    const leadsTo = (type: GraphQLObjectType, seen: readonly string[]): string[] =>
      Object.values(type.getFields()).flatMap((field) => {
        const next = getNamedType(field.type);
        if (!isObjectType(next)) return [];
        return seen.includes(next.name) ? [[...seen, next.name].join(" → ")] : leadsTo(next, [...seen, next.name]);
      });
    expect(objects.flatMap((type) => leadsTo(type, [type.name]))).toEqual([]);
  });

  test("take a shopper's values as PersonalText alone", () => {
    for (const name of ["BuyerInput", "AddressInput"]) {
      const input = schema.getType(name);
      const fields = isInputObjectType(input) ? Object.values(input.getFields()) : [];
      expect(fields.length).toBeGreaterThan(9);
      expect(new Set(fields.map((field) => String(field.type)))).toEqual(new Set(["PersonalText"]));
    }
    const answer = schema.getType("AnswerInput");
    expect(isInputObjectType(answer) && String(answer.getFields().value?.type)).toBe("PersonalText");
    const filter = schema.getType("ConsumerFilter");
    const fields = isInputObjectType(filter) ? filter.getFields() : {};
    expect([String(fields.email?.type), String(fields.document?.type)]).toEqual(["PersonalText", "PersonalText"]);
  });

  test("never answer with PersonalText", () => {
    const leaks = objects.flatMap((type) =>
      Object.values(type.getFields()).filter((field) => getNamedType(field.type).name === "PersonalText"),
    );
    expect(leaks).toEqual([]);
  });

  test("use the scalars on the list and no other", () => {
    expect(
      types
        .filter(isScalarType)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["DateTime", "JSON", "PersonalText"]);
  });
});
