import { Field, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../scalars.js";

export const StoreStanding = { PROSPECT: "PROSPECT", ACQUIRED: "ACQUIRED", REPEAT: "REPEAT" } as const;
registerEnumType(StoreStanding, {
  name: "StoreStanding",
  description: "How often a shopper has bought at one store, by its own word.",
  valuesConfig: {
    PROSPECT: { description: "Never." },
    ACQUIRED: { description: "Once." },
    REPEAT: { description: "Twice or more." },
  },
});

@ObjectType({ simpleResolvers: true, description: "What a store says of the shopper's account there." })
export class StoreAccount {
  @Field(() => StoreStanding, {
    nullable: true,
    description:
      "How often the shopper has bought there; null where the store does not say. It raises the consumer's own status and never lowers it.",
  })
  standing!: keyof typeof StoreStanding | null;

  @Field(() => [String], {
    description:
      "The groups that the store has put the shopper into, by the store's own codes or names, as it said when the shopper was connected or the connection last verified.",
  })
  groups!: readonly string[];

  @Field(() => DateTime, { description: "When the store last said something of the account." })
  updatedAt!: Date;
}
