import { Field, ID, InputType, ObjectType } from "type-graphql";
import { Connection } from "./connection.js";
import { GateIdentity, GatePass } from "./gate-pass.js";
import { Payload, Repeatable } from "./shared.js";

@InputType({ description: "Whose pass to show." })
export class RefreshGatePassInput extends Repeatable {
  @Field(() => ID, { description: "The connection, `con_…`." })
  connection!: string;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `refreshGatePass`." })
export class RefreshGatePassPayload extends Payload {
  @Field(() => Connection, { nullable: true, description: "The connection; null when there are user errors." })
  connection!: Connection | null;

  @Field(() => GatePass, { nullable: true, description: "The new pass; those before it are good until they are old." })
  gatePass!: GatePass | null;

  @Field(() => [GateIdentity], { nullable: true, description: "How the store names the shopper in its own calls." })
  shopperIds!: readonly GateIdentity[] | null;
}
