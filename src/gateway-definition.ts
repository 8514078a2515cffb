import type { AnyAdapter, StartSandbox } from "@shopkey/adapter-sdk";

/** What a deployment decides in code: which stores its gateway speaks to. */
export interface GatewayDefinition {
  readonly adapters: readonly AnyAdapter[];
  /** By adapter id: what stands in for the store in the test environment. */
  readonly sandboxes: Readonly<Record<string, StartSandbox>>;
}

/** Types a `shopkey.config.ts`; its default export is the gateway's definition. */
export const defineGateway = (definition: GatewayDefinition): GatewayDefinition => definition;
