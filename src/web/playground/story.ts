/**
 * The tabs that the playground opens with: one shopper's profile, saved once and filled in at a store's checkout.
 * A test validates each of them against `schema.graphql`.
 */

/** One operation of the story, as text. */
export interface StoryTab {
  readonly query: string;
}

const saveProfile = `# 1 of 7. Save a shopper's checkout profile, once.
# It is sealed at rest; what comes back is masked.
# Saving again merges field by field.
mutation SaveProfile {
  saveProfile(
    input: {
      externalId: "shopper_abc"
      profile: {
        buyer: {
          firstName: "Ana"
          lastName: "Lima"
          email: "ana@example.com"
          document: "12345678900"
          phone: "+5511999999999"
        }
        address: {
          postalCode: "01310100"
          street: "Av. Paulista"
          number: "1000"
          neighborhood: "Bela Vista"
          city: "São Paulo"
          state: "SP"
        }
      }
    }
  ) {
    profile {
      buyer { firstName lastName email document phone }
      address { postalCode street number city state }
      complete
      missing
      warnings { code field message }
    }
    userErrors { code message field nextAction }
  }
}
`;

const readBack = `# 2 of 7. Read it back.
# No key and no scope shows more than the mask.
query ReadItBack {
  consumer(externalId: "shopper_abc") {
    id
    status
    profile {
      buyer { firstName lastName email document phone }
      address { postalCode street number city state }
      complete
      missing
    }
  }
}
`;

const readiness = `# 3 of 7. Before anyone waits:
# could this shopper buy at this store now?
query CheckoutReadiness {
  checkoutReadiness(
    consumer: { externalId: "shopper_abc" }
    store: { slug: "cobasi" }
  ) {
    readiness { ready state missing nextAction }
    userErrors { code message field nextAction }
  }
}
`;

const apply = `# 4 of 7. Fill in the store's checkout.
# An override wins for this cart and is not stored.
mutation ApplyCheckoutIdentity {
  applyCheckoutIdentity(
    input: {
      consumer: { externalId: "shopper_abc" }
      store: { slug: "cobasi" }
      cart: { items: [{ id: "1001", quantity: 2 }] }
      overrides: { address: { number: "1001" } }
    }
  ) {
    checkoutIdentity {
      state
      cartId
      total { amountMinor currency }
      checkoutUrl
      fields { path source mask }
      nextAction
    }
    userErrors { code message field nextAction }
  }
}
`;

const stores = `# 5 of 7. The stores of this environment,
# and what each adapter can do.
query StoresAndAdapters {
  stores {
    nodes { id slug title capabilities adapter { id } }
  }
  adapters { id title capabilities requiredFields }
}
`;

const impersonate = `# 6 of 7. A telesales operator takes a
# customer's place, for a reason and until a time. The token
# is one of the sandbox's; end it with endImpersonation.
mutation StartImpersonation {
  startImpersonation(
    input: {
      store: { slug: "cobasi" }
      customer: { email: "maria.conhecida@example.com" }
      operator: { token: "operator-cobasi-operador2" }
      reason: "phone order"
      ttl: 300
    }
  ) {
    impersonationSession {
      id
      state
      stateReason
      nextAction
      canImpersonate
      storeUserEmail
      account
      operator { name vouched }
      expiresAt
    }
    userErrors { code message field nextAction }
  }
}
`;

const audit = `# 7 of 7. Who did what, and why.
# The ledger holds no personal data.
query AuditEvents {
  auditEvents(first: 10) {
    nodes { at actorKind action outcome subjectId requestId }
    pageInfo { hasNextPage endCursor }
  }
}
`;

/** The story in reading order. */
export const STORY: readonly StoryTab[] = [saveProfile, readBack, readiness, apply, stores, impersonate, audit].map(
  (query) => ({
    query,
  }),
);
