/** Who may call: API keys, and tokens that an org issues itself. */
import * as apiKeys from "../api-keys.js";
import type { Caller } from "../caller.js";
import type * as input from "../inputs.js";
import { removeTokenIssuer, setTokenIssuer, type TokenIssuerInput } from "../token-issuers.js";
import type * as view from "../views.js";
import type { Act, Acting } from "./acting.js";

export interface KeyActs {
  readonly viewer: (caller: Caller) => Promise<view.ViewerView>;
  /** One answer for each id, in the order asked; null where no such key is visible. */
  readonly findApiKeys: (caller: Caller, ids: readonly string[]) => Promise<readonly (view.ApiKeyView | null)[]>;
  readonly listApiKeys: Act<input.PageQuery, view.PageView<view.ApiKeyView>>;
  /** `secret` is shown once: null when the answer is a repetition. A key can give no scope that it lacks itself. */
  readonly createApiKey: (
    caller: Caller,
    given: input.CreateApiKeyInput,
  ) => Promise<{ readonly apiKey: view.ApiKeyView; readonly secret: string | null }>;
  readonly revokeApiKey: Act<input.RevokeApiKeyInput, { readonly apiKey: view.ApiKeyView }>;
  /** For the command line: by what the org's own tokens are checked in this environment. */
  readonly setTokenIssuer: Act<TokenIssuerInput, void>;
  readonly removeTokenIssuer: (caller: Caller) => Promise<boolean>;
}

export const keyActs = ({ open }: Acting): KeyActs => ({
  viewer: open(apiKeys.viewer),
  findApiKeys: open(apiKeys.findApiKeys),
  listApiKeys: open(apiKeys.listApiKeys),
  createApiKey: open(apiKeys.createApiKey),
  revokeApiKey: open(apiKeys.revokeApiKey),
  setTokenIssuer: open(setTokenIssuer),
  removeTokenIssuer: open(removeTokenIssuer),
});
