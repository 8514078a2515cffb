import type { Caller } from "../caller.js";
import * as checkout from "../checkout.js";
import { finishCheckout } from "../checkout-recovery.js";
import type * as input from "../inputs.js";
import { reportOrder } from "../orders.js";
import { readiness } from "../readiness.js";
import type * as view from "../views.js";
import type { Act, Acting, Tend } from "./acting.js";

export interface CheckoutActs {
  readonly readiness: (
    caller: Caller,
    consumer: input.ConsumerRef,
    store: input.StoreRef,
  ) => Promise<view.CheckoutReadinessView>;
  /** A failure at the store is thrown as its Refusal; the checkout it left is found by `findCheckout`. */
  readonly applyCheckoutIdentity: Act<
    input.ApplyCheckoutIdentityInput,
    { readonly checkoutIdentity: view.CheckoutIdentityView },
    [want?: input.ConsumerWant]
  >;
  readonly findCheckout: (
    caller: Caller,
    id: string,
    want?: input.ConsumerWant,
  ) => Promise<view.CheckoutIdentityView | null>;
  readonly reportOrder: (
    caller: Caller,
    given: input.ReportOrderInput,
    want?: input.ConsumerWant,
  ) => Promise<{
    readonly consumer: view.ConsumerView;
    readonly checkoutIdentity: view.CheckoutIdentityView | null;
  }>;
  /** For the clock: finishes or undoes one checkout whose lease ran out. */
  readonly finishCheckout: Tend;
}

export const checkoutActs = ({ open, finishing }: Acting): CheckoutActs => ({
  readiness: open(readiness),
  applyCheckoutIdentity: finishing(checkout.applyCheckoutIdentity),
  findCheckout: open(checkout.findCheckout),
  reportOrder: open(reportOrder),
  finishCheckout: open(finishCheckout),
});
