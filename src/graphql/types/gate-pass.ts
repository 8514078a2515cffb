import { Field, ID, ObjectType } from "type-graphql";
import { DateTime } from "../scalars.js";

@ObjectType({ simpleResolvers: true, description: "What the shopper shows at the door of a physical store." })
export class GatePass {
  @Field(() => String, { description: "The text of the QR code, for apps that draw it themselves." })
  code!: string;

  @Field(() => String, { description: "The QR code as an SVG document." })
  svg!: string;

  @Field(() => String, { description: "The QR code as a PNG image: a `data:` URL." })
  png!: string;

  @Field(() => DateTime, {
    description: "When the app should show another one, from `refreshGatePass`. The gate takes none that is older.",
  })
  expiresAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: "How a physical store names the shopper." })
export class GateIdentity {
  @Field(() => ID, { description: "Opaque and random; another one after the shopper was forgotten." })
  id!: string;

  @Field(() => String, { description: "As what: `SHOPPER`, `ASSOCIATE`, `LOYALTY`." })
  standing!: string;
}
