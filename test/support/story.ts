/** The shopper of the README's story, and what is asked for her. */
import type { Answer } from "./gateway.js";

export const ANA = {
  buyer: {
    firstName: "Ana",
    lastName: "Lima",
    email: "ana@example.com",
    document: "12345678900",
    phone: "+5511999999999",
  },
  address: {
    postalCode: "01310100",
    street: "Av. Paulista",
    number: "1000",
    neighborhood: "Bela Vista",
    city: "São Paulo",
    state: "SP",
  },
} as const;

export const SAVE_PROFILE = `mutation ($input: SaveProfileInput!) {
  saveProfile(input: $input) {
    created
    consumer { id externalId status }
    profile {
      buyer { firstName lastName email document phone }
      address { postalCode street number neighborhood city state country }
      complete missing warnings { code field message }
    }
    userErrors { code field message retry nextAction }
  }
}`;

export const READINESS = `query ($consumer: ConsumerRef!, $store: StoreRef!) {
  checkoutReadiness(consumer: $consumer, store: $store) {
    readiness { ready state missing nextAction }
    userErrors { code field message nextAction }
  }
}`;

export const APPLY = `mutation ($input: ApplyCheckoutIdentityInput!) {
  applyCheckoutIdentity(input: $input) {
    checkoutIdentity {
      id state cartId checkoutUrl total { amountMinor currency }
      fields { path source mask } remarks statusReason nextAction
    }
    userErrors { code field message retry nextAction retryAfterMs }
  }
}`;

export interface UserError {
  readonly code: string;
  readonly field: readonly string[] | null;
  readonly message: string;
  readonly retry: string;
  readonly nextAction: string | null;
  readonly retryAfterMs: number | null;
}

export interface SaveProfileAnswer {
  saveProfile: {
    created: boolean;
    consumer: { id: string; externalId: string; status: string } | null;
    profile: {
      buyer: Record<string, string | null>;
      address: Record<string, string | null>;
      complete: boolean;
      missing: string[];
      warnings: { code: string; field: string[]; message: string }[];
    } | null;
    userErrors: UserError[];
  };
}

export interface ApplyAnswer {
  applyCheckoutIdentity: {
    checkoutIdentity: {
      id: string;
      state: string;
      cartId: string;
      checkoutUrl: string;
      total: { amountMinor: number; currency: string };
      fields: { path: string; source: string; mask: string }[];
    } | null;
    userErrors: UserError[];
  };
}

/** What the one mutation of a request answered. Throws the whole answer where there is nothing of it. */
export function payloadOf<T>({ status, body }: Answer<Record<string, T>>): T {
  const [payload] = Object.values(body.data ?? {});
  if (status !== 200 || payload === undefined) throw new Error(JSON.stringify(body));
  return payload;
}
