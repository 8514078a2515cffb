/** graphql-js 16 lets an operation through of a kind that the schema does not have, and throws when it is to run. */
import { type ASTVisitor, GraphQLError, type ValidationContext } from "graphql";

export function OperationKindsRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition: (node) => {
      if (context.getSchema().getRootType(node.operation) != null) return;
      context.reportError(new GraphQLError(`The schema has no ${node.operation}s.`, { nodes: node }));
    },
  };
}
