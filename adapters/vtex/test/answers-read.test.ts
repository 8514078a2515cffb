import { describe, expect, test } from "@jest/globals";
import { isMasked, readForgetJobStatus, readOrderForm, readProfileIsComplete } from "../src/answers.js";
import { CookieJar } from "../src/jar.js";
import { checkoutUrl, settingsSchema } from "../src/settings.js";

const FORM = { orderFormId: "9ceee0fde6db489fbc682a0e2ab13a86", canEditData: true, value: 0, items: [], messages: [] };
const profile = { email: "a@b.c", firstName: "Bre******", document: "*1*2*5*5*3*", phone: "******0879" };

describe("an orderForm", () => {
  test("is read whatever else it holds, with every part that may be null", () => {
    const bare = { ...FORM, shippingData: null, clientProfileData: null, storePreferencesData: null, brandNew: [1] };
    expect(readOrderForm(bare)).toEqual({
      ...{ id: FORM.orderFormId, canEdit: true, total: 0, currency: null, items: [], remarks: [] },
      ...{ profile: null, address: null, ordered: null },
    });
  });

  test("shows the selected address before the old `address`", () => {
    const shippingData = { address: { street: "old" }, selectedAddresses: [{ street: "new" }] };
    expect(readOrderForm({ ...FORM, shippingData }).address?.street).toBe("new");
    expect(readOrderForm({ ...FORM, shippingData: { address: { street: "old" } } }).address?.street).toBe("old");
  });

  test.each([undefined, null, [], "x", {}, { ...FORM, canEditData: "false" }, { ...FORM, value: 1.5 }])(
    "in another shape is the maintainers' alarm: %j",
    (json) => {
      expect(() => readOrderForm(json)).toThrow(expect.objectContaining({ code: "STORE_CHANGED" }));
    },
  );

  test("says in the alarm where, and not what", () => {
    const odd = { ...FORM, clientProfileData: { email: 12, firstName: "Ana" } };
    expect(() => readOrderForm(odd)).toThrow(/clientProfileData\.email/);
    expect(() => readOrderForm(odd)).not.toThrow(/Ana/);
  });

  test("is masked as soon as one of its values has an asterisk", () => {
    const form = readOrderForm({ ...FORM, clientProfileData: profile });
    expect(isMasked(form.profile)).toBe(true);
    expect(isMasked({ ...form.profile, firstName: "Ana", document: "1", phone: "2" } as never)).toBe(false);
    expect(isMasked(null)).toBe(false);
  });
});

test("a profile that the store does not know is nulls, not an error", () => {
  expect(readProfileIsComplete({ userProfile: null, userProfileId: null, isComplete: false })).toBe(false);
  expect(readProfileIsComplete({ isComplete: null })).toBe(false);
  expect(readProfileIsComplete({ isComplete: true, userProfile: profile })).toBe(true);
  expect(() => readProfileIsComplete("nothing")).toThrow();
});

test("a job's status is one of three", () => {
  expect(readForgetJobStatus({ status: "InProgress", message: "" })).toBe("InProgress");
  expect(() => readForgetJobStatus({ status: "Deleted" })).toThrow(expect.objectContaining({ code: "STORE_CHANGED" }));
});

describe("the cookie jar", () => {
  const now = new Date("2026-08-20T12:00:00Z");
  test("keeps the last value of each, and forgets what is over", () => {
    const jar = new CookieJar();
    expect(jar.header()).toBeUndefined();
    jar.store(["checkout.vtex.com=__ofid=abc; Path=/; Secure", "CheckoutOrderFormOwnership=; Path=/"], now);
    expect(jar.header()).toBe("checkout.vtex.com=__ofid=abc; CheckoutOrderFormOwnership=");
    jar.store(["CheckoutOrderFormOwnership=one==; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], now);
    expect(jar.header()).toContain("CheckoutOrderFormOwnership=one==");
    jar.store(
      ["checkout.vtex.com=x; expires=Thu, 20 Aug 2026 11:59:59 GMT", "CheckoutOrderFormOwnership=; max-age=0"],
      now,
    );
    expect(jar.header()).toBeUndefined();
    jar.store(["", "=x", "junk"], now);
    expect(jar.header()).toBeUndefined();
  });
});

describe("settings", () => {
  test("lead to VTEX's hosts and to nothing else", () => {
    for (const account of ["", "Cobasi", "a.b", "evil.com/", "a@b", "-a", "127.0.0.1"]) {
      expect(settingsSchema.safeParse({ account }).success).toBe(false);
    }
    expect(settingsSchema.safeParse({ account: "cobasi", environment: "evil" }).success).toBe(false);
    for (const host of ["https://www.cobasi.com.br", "www.cobasi.com.br/x", "localhost", "a b.c"]) {
      expect(settingsSchema.safeParse({ account: "cobasi", host }).success).toBe(false);
    }
  });

  test("give the shopper the store's own domain where it has one", () => {
    const settings = settingsSchema.parse({ account: "cobasi", host: "www.cobasi.com.br" });
    expect(checkoutUrl(settings, "abc")).toBe("https://www.cobasi.com.br/checkout/?orderFormId=abc#/cart");
  });
});
