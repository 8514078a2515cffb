/** What many nouns share: user errors, pages, references, and the enumerations of more than one of them. */
import { ADAPTER_ERRORS } from "@shopkey/adapter-sdk";
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { SCOPES, type ScopeName } from "../../identity/index.js";
import { GATEWAY_REFUSALS, type RefusalCode } from "../../kernel/refusal.js";

export const Environment = { TEST: "test", LIVE: "live" } as const;
registerEnumType(Environment, {
  name: "Environment",
  description:
    "Where things happen. It comes from the API key: what belongs to one environment is invisible to the other.",
  valuesConfig: {
    TEST: { description: "Stores are the bundled sandboxes; no real store is ever reached." },
    LIVE: { description: "Real stores and real shoppers." },
  },
});

const Retry = { AFTER_SHOPPER: "after-shopper", LATER: "later", NEVER: "never" } as const;
registerEnumType(Retry, {
  name: "Retry",
  description: "What a repetition of the same request is worth.",
  valuesConfig: {
    AFTER_SHOPPER: { description: "Once the shopper, or whoever gave the input, has mended something." },
    LATER: { description: "As it is, after a while; `retryAfterMs` says how long when it is known." },
    NEVER: { description: "Not at all: the answer will not change by repeating." },
  },
});

const REFUSALS: Record<string, { readonly meaning: string }> = { ...GATEWAY_REFUSALS, ...ADAPTER_ERRORS };

const UserErrorCode = Object.fromEntries(Object.keys(REFUSALS).map((code) => [code, code])) as {
  [C in RefusalCode]: C;
};
registerEnumType(UserErrorCode, {
  name: "UserErrorCode",
  description: "Every expected no, of the gateway itself and of the stores behind it.",
  valuesConfig: Object.fromEntries(
    Object.entries(REFUSALS).map(([code, { meaning }]) => [code, { description: meaning }]),
  ),
});

const SCOPE_MEANINGS: Record<ScopeName, string> = {
  "consumers:read": "Read consumers.",
  "consumers:write": "Create and change consumers.",
  "profiles:read": "Read profiles, masked.",
  "profiles:write": "Save and delete profiles.",
  "connections:read": "Read the connections of consumers to stores.",
  "connections:write": "Connect and disconnect consumers.",
  "checkouts:read": "Read checkout identities and ask for readiness.",
  "checkouts:write": "Apply a checkout identity to a cart, and report orders.",
  "impersonations:read": "Read impersonation sessions.",
  "impersonations:write": "Take a customer's place at a store, and end it; the key's owner must be a person.",
  "stores:read": "Read Stores and adapters.",
  "stores:write": "Register, change and remove Stores.",
  "anonymizations:read": "Read requests to be forgotten, and their receipts.",
  "anonymizations:write": "Have shoppers forgotten; only a key whose owner is a `USER` may.",
  "keys:read": "Read API keys, without their secrets.",
  "keys:write": "Create and revoke API keys.",
  "audit:read": "Read the ledger.",
  "schema:read": "Introspect the schema with a live key.",
};
/** `profiles:write` is `PROFILES_WRITE` in the graph. */
const scopeEnumName = (scope: ScopeName): string => scope.replace(":", "_").toUpperCase();

export const Scope = Object.fromEntries(SCOPES.map((scope) => [scopeEnumName(scope), scope])) as Record<
  string,
  ScopeName
>;
registerEnumType(Scope, {
  name: "Scope",
  description: "What an API key may do. `PROFILES_WRITE` is written `profiles:write` on the command line.",
  valuesConfig: Object.fromEntries(
    SCOPES.map((scope) => [scopeEnumName(scope), { description: SCOPE_MEANINGS[scope] }]),
  ),
});

@ObjectType({ simpleResolvers: true, description: "An expected no. It never repeats a value that was given." })
export class UserError {
  @Field(() => UserErrorCode, { description: "What kind of no this is; decide by this, not by the message." })
  code!: RefusalCode;

  @Field(() => [String], {
    nullable: true,
    description: 'Path into the input of the value that is meant, such as `["profile", "buyer", "email"]`.',
  })
  field!: readonly string[] | null;

  @Field(() => String, { description: "One fixed sentence for a person; it may be reworded without notice." })
  message!: string;

  @Field(() => Retry, { description: "What a repetition is worth." })
  retry!: string;

  @Field(() => String, { description: "The one thing to do next, for a person." })
  nextAction!: string;

  @Field(() => Int, { nullable: true, description: "How long to wait before repeating, in milliseconds." })
  retryAfterMs!: number | null;
}

/** Every mutation's payload carries these. */
@ObjectType({ simpleResolvers: true })
export abstract class Payload {
  @Field(() => [UserError], { description: "Why nothing was done; empty when it was." })
  userErrors!: readonly UserError[];
}

@ObjectType({ simpleResolvers: true, description: "Where a page lies in its list." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether there is more after this page." })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: "Whether this page began after a cursor." })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "Cursor of the first node; null when the page is empty." })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Cursor of the last node: give it as `after` to read on; null when the page is empty.",
  })
  endCursor!: string | null;
}

@InputType({ description: "A consumer, by exactly one of the two." })
export class ConsumerRef {
  @Field(() => ID, { nullable: true, description: "Shopkey's id, `csm_…`." })
  id?: string | null;

  @Field(() => String, { nullable: true, description: "The org's own id of the shopper." })
  externalId?: string | null;
}

@InputType({ description: "A Store, by exactly one of the two." })
export class StoreRef {
  @Field(() => ID, { nullable: true, description: "Shopkey's id, `sto_…`." })
  id?: string | null;

  @Field(() => String, { nullable: true, description: "The name that the org gave the Store." })
  slug?: string | null;
}

/** Every mutation's input carries this. */
@InputType()
export abstract class Repeatable {
  @Field(() => String, {
    nullable: true,
    description:
      "1 to 128 printable characters. The same key with the same input is answered as the first time and done once; with another input it is refused.",
  })
  idempotencyKey?: string | null;
}
