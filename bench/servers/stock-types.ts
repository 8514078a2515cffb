/** The same part of the schema, as TypeGraphQL's guide shows it. */
import { Field, ID, InputType, ObjectType } from "type-graphql";

@ObjectType()
export class Buyer {
  @Field(() => String, { nullable: true })
  firstName!: string | null;
  @Field(() => String, { nullable: true })
  lastName!: string | null;
  @Field(() => String, { nullable: true })
  email!: string | null;
  @Field(() => String, { nullable: true })
  document!: string | null;
  @Field(() => String, { nullable: true })
  phone!: string | null;
}

@ObjectType()
export class Address {
  @Field(() => String, { nullable: true })
  postalCode!: string | null;
  @Field(() => String, { nullable: true })
  street!: string | null;
  @Field(() => String, { nullable: true })
  number!: string | null;
  @Field(() => String, { nullable: true })
  city!: string | null;
  @Field(() => String, { nullable: true })
  state!: string | null;
}

@ObjectType()
export class Profile {
  @Field(() => Buyer)
  buyer!: Buyer;
  @Field(() => Address)
  address!: Address;
  @Field(() => Boolean)
  complete!: boolean;
  @Field(() => [String])
  missing!: readonly string[];
}

@ObjectType()
export class Store {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  slug!: string;
  @Field(() => String)
  title!: string;
}

@ObjectType()
export class Connection {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  via!: string;
  @Field(() => String)
  status!: string;
  @Field(() => Date)
  createdAt!: Date;
  @Field(() => Date, { nullable: true })
  lastUsedAt!: Date | null;
}

@ObjectType()
export class Consumer {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  externalId!: string;
  @Field(() => String)
  shopperReference!: string;
  @Field(() => String)
  status!: string;
  @Field(() => Number)
  orderCount!: number;
  @Field(() => Date)
  createdAt!: Date;
  @Field(() => Date)
  updatedAt!: Date;
}

@ObjectType()
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;
  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

@ObjectType()
export class ConsumerPage {
  @Field(() => [Consumer])
  nodes!: readonly Consumer[];
  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}

@ObjectType()
export class UserError {
  @Field(() => String)
  code!: string;
  @Field(() => [String], { nullable: true })
  field!: readonly string[] | null;
  @Field(() => String)
  message!: string;
}

@InputType()
export class BuyerInput {
  @Field(() => String)
  firstName!: string;
  @Field(() => String)
  lastName!: string;
  @Field(() => String)
  email!: string;
  @Field(() => String)
  document!: string;
  @Field(() => String)
  documentType!: string;
  @Field(() => String)
  phone!: string;
}

@InputType()
export class AddressInput {
  @Field(() => String)
  postalCode!: string;
  @Field(() => String)
  street!: string;
  @Field(() => String)
  number!: string;
  @Field(() => String)
  complement!: string;
  @Field(() => String)
  neighborhood!: string;
  @Field(() => String)
  city!: string;
  @Field(() => String)
  state!: string;
  @Field(() => String)
  country!: string;
  @Field(() => String)
  reference!: string;
  @Field(() => String)
  receiver!: string;
}

@InputType()
export class ProfileInput {
  @Field(() => BuyerInput)
  buyer!: BuyerInput;
  @Field(() => AddressInput)
  address!: AddressInput;
}

@InputType()
export class SaveProfileInput {
  @Field(() => String)
  externalId!: string;
  @Field(() => ProfileInput)
  profile!: ProfileInput;
}

@ObjectType()
export class SaveProfilePayload {
  @Field(() => Boolean)
  created!: boolean;
  @Field(() => Consumer, { nullable: true })
  consumer!: Consumer | null;
  @Field(() => Profile, { nullable: true })
  profile!: Profile | null;
  @Field(() => [UserError])
  userErrors!: readonly UserError[];
}
