/** What is declared beside a root field: who may use it, and how an expected no is answered. */
import { Extensions } from "type-graphql";
import { requireScope, type ScopeName } from "../identity/index.js";
import type { Desk } from "./desk.js";
import { userErrorsOf } from "./errors.js";

declare module "graphql" {
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    /** The scope that the asking key must have. */
    readonly scope?: ScopeName;
    /** The field must be the only root field of its operation. */
    readonly alone?: boolean;
  }
}

type RootMethod<A extends unknown[], R> = (desk: Desk, ...rest: A) => R;
type RootDescriptor<A extends unknown[], R> = TypedPropertyDescriptor<RootMethod<A, R>>;

function wrap<A extends unknown[], R>(
  descriptor: RootDescriptor<A, R>,
  around: (method: RootMethod<A, R>, desk: Desk, rest: A) => R,
): void {
  const method = descriptor.value;
  if (method === undefined) throw new TypeError("only methods can be wrapped");
  descriptor.value = function wrapped(this: unknown, desk: Desk, ...rest: A): R {
    return around(method.bind(this), desk, rest);
  };
}

/** The field needs this scope; it is named in the field's description. */
export const Allow =
  (scope: ScopeName) =>
  <A extends unknown[], R>(target: object, name: string, descriptor: RootDescriptor<A, R>): void => {
    Extensions({ scope })(target, name, descriptor);
    wrap(descriptor, (method, desk, rest) => {
      requireScope(desk.caller, scope);
      return method(desk, ...rest);
    });
  };

/**
 * The answer gets `userErrors`: empty, or what was refused. `nothing` holds the payload's fields that may not be null
 * when it was. Stands above `@Allow`, so that a missing scope is a user error too.
 */
export const Settle =
  (nothing: Readonly<Record<string, unknown>> = {}) =>
  <A extends unknown[], P extends object>(
    _target: object,
    _name: string,
    descriptor: RootDescriptor<A, Promise<P>>,
  ): void => {
    wrap(descriptor, async (method, desk, rest) => {
      try {
        return { ...(await method(desk, ...rest)), userErrors: [] };
      } catch (error) {
        const userErrors = userErrorsOf(error);
        if (userErrors === null) throw error;
        return { ...nothing, userErrors } as unknown as P;
      }
    });
  };

/** The field must stand alone in its operation: one request, one attempt. */
export const Alone = (): MethodDecorator => (target, name, descriptor) =>
  Extensions({ alone: true })(target, name, descriptor);
