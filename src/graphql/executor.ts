/**
 * Runs operations: by graphql-js the first times, compiled from then on; and prints those that can be printed. Whichever
 * runs, the answer is the same, its errors are desk errors, and it comes before the deadline.
 */
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
} from "graphql";
import { compile, type Run, schemaForCompiler } from "./compile.js";
import type { Desk } from "./desk.js";
import { DeskError, settleError } from "./errors.js";
import { compilePrinter, type PrintRun } from "./print.js";
import { NotPrintable } from "./projection.js";
import { openVariables, type VariablesRead } from "./variables.js";

export interface Ask {
  readonly document: DocumentNode;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly desk: Desk;
}

/** One operation of one document. */
interface Plan {
  readonly read: (given: Readonly<Record<string, unknown>> | undefined) => VariablesRead;
  readonly operation: OperationDefinitionNode;
  runs: number;
  /** Undefined: not tried yet. Null: graphql-js runs it. */
  compiled: Run | null | undefined;
  /** Undefined: not tried yet. Null: it cannot be printed. */
  printer: PrintRun | null | undefined;
}

const noOperation = (): DeskError =>
  new DeskError("The document has no such operation, or several and none was named.", {
    code: "OPERATION_RESOLUTION_FAILURE",
  });

const tooLate = (): DeskError =>
  new DeskError("The request took too long. What it began may still be done: repeat it with its idempotency key.", {
    code: "DEADLINE_EXCEEDED",
    retry: "LATER",
  });

/** Resolves to what `work` does, or to the deadline's answer when `signal` is aborted first. */
function beforeDeadline<T>(work: Promise<T>, signal: AbortSignal): Promise<T | ExecutionResult> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve({ data: null, errors: [tooLate()] });
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

export type Execute = (ask: Ask) => Promise<ExecutionResult>;

export interface Executor {
  readonly run: Execute;
  /** The same, with the answer's `data` as JSON text where it can be had as such. */
  readonly print: (ask: Ask) => Promise<ExecutionResult | { readonly text: string }>;
}

/** Plans are kept with their document, by operation: two operations of one document are two plans. */
export function openExecutor(options: {
  readonly schema: GraphQLSchema;
  /** How often an operation runs uncompiled first; `Infinity` never compiles. */
  readonly warmUps: number;
}): Executor {
  const { schema, warmUps } = options;
  const compilerSchema = schemaForCompiler(schema);
  const plans = new WeakMap<DocumentNode, Map<string, Plan>>();

  const planOf = (document: DocumentNode, operationName: string | null | undefined): Plan | null => {
    const ofDocument = plans.get(document) ?? new Map<string, Plan>();
    plans.set(document, ofDocument);
    const known = ofDocument.get(operationName ?? "");
    if (known !== undefined) return known;
    const operation = getOperationAST(document, operationName);
    if (operation == null) return null;
    const plan: Plan = {
      read: openVariables(schema, operation),
      operation,
      runs: 0,
      compiled: undefined,
      printer: undefined,
    };
    ofDocument.set(operationName ?? "", plan);
    return plan;
  };

  const start = (plan: Plan, ask: Ask, values: Readonly<Record<string, unknown>>) => {
    if (plan.compiled === undefined && plan.runs++ >= warmUps)
      plan.compiled = compile(compilerSchema, ask.document, plan.operation);
    if (plan.compiled) return plan.compiled(ask.desk, values);
    const { document, operationName, variables, desk } = ask;
    return execute({ schema, document, operationName, variableValues: variables, contextValue: desk, rootValue: {} });
  };

  const settle = (result: ExecutionResult, { log, caller }: Desk): ExecutionResult => {
    if (result.errors === undefined) return result;
    return { data: result.data, errors: result.errors.map((error) => settleError(error, log, caller.requestId)) };
  };

  const run: Execute = async (ask) => {
    const plan = planOf(ask.document, ask.operationName);
    if (plan === null) return { errors: [noOperation()] };
    const read = plan.read(ask.variables);
    if ("errors" in read) return { errors: read.errors };
    const { signal } = ask.desk.caller;
    if (signal.aborted) return { data: null, errors: [tooLate()] };
    const begun = start(plan, ask, read.values);
    return settle(begun instanceof Promise ? await beforeDeadline(begun, signal) : begun, ask.desk);
  };

  const printerOf = (plan: Plan, { document }: Ask): PrintRun | null => {
    if (plan.runs < warmUps) return null;
    if (plan.printer === undefined) plan.printer = compilePrinter(schema, document, plan.operation);
    return plan.printer;
  };

  const print: Executor["print"] = async (ask) => {
    const plan = planOf(ask.document, ask.operationName);
    const printer = plan && printerOf(plan, ask);
    if (plan === null || printer === null) return run(ask);
    const read = plan.read(ask.variables);
    const { signal } = ask.desk.caller;
    if ("errors" in read || signal.aborted) return run(ask);
    try {
      const result = await beforeDeadline(printer(ask.desk, read.values), signal);
      return "text" in result ? result : settle(result, ask.desk);
    } catch (error) {
      if (error instanceof NotPrintable) return run(ask);
      throw error;
    }
  };

  return { run, print };
}
