import type { Address as PlainAddress, Buyer as PlainBuyer } from "@shopkey/adapter-sdk";
import { Field, InputType, ObjectType, registerEnumType } from "type-graphql";
import { DateTime, PersonalText } from "../scalars.js";
import { Consumer } from "./consumer.js";
import { ConsumerRef, Payload, Repeatable } from "./shared.js";

export const ProfileWarningCode = { CHECK_DIGITS: "CHECK_DIGITS" } as const;
registerEnumType(ProfileWarningCode, {
  name: "ProfileWarningCode",
  description: "What is odd about a saved value.",
  valuesConfig: { CHECK_DIGITS: { description: "The document's check digits do not fit; a store may refuse it." } },
});

@ObjectType({ simpleResolvers: true, description: "Something about a saved profile that a store may refuse." })
export class ProfileWarning {
  @Field(() => ProfileWarningCode, { description: "What kind of oddity." })
  code!: keyof typeof ProfileWarningCode;

  @Field(() => [String], { description: 'Path into the profile, such as `["buyer", "document"]`.' })
  field!: readonly string[];

  @Field(() => String, { description: "One sentence for a person." })
  message!: string;
}

const BUYER: { readonly [F in keyof PlainBuyer]: string } = {
  firstName: "Given name.",
  lastName: "Family name.",
  email: "E-mail address.",
  document: "Number of the identity document, for Brazil the CPF.",
  documentType: "Kind of document: `cpf`, `cnpj`, `passport`, …; `cpf` unless told otherwise.",
  phone: "Telephone in E.164, such as `+5511999999999`.",
  corporateName: "Registered name of the company that buys.",
  tradeName: "Trade name of the company.",
  corporateDocument: "The company's CNPJ.",
  corporatePhone: "The company's telephone in E.164.",
  stateInscription: "The company's state tax registration (inscrição estadual).",
};
const ADDRESS: { readonly [F in keyof PlainAddress]: string } = {
  postalCode: "Postal code, for Brazil the CEP of eight digits.",
  street: "Street.",
  number: "House number; text, because there are such as `12B` and `s/n`.",
  complement: "Flat, floor, block.",
  neighborhood: "Neighbourhood (bairro).",
  city: "City.",
  state: "State, for Brazil two capital letters.",
  country: "ISO 3166-1 alpha-3; `BRA` unless told otherwise.",
  reference: "A landmark that helps the courier.",
  receiver: "Who receives the parcel; the buyer when absent.",
};
const CLEAR: Readonly<Record<string, string>> = {
  documentType: " In clear when it is a word that stores know; masked otherwise.",
  ...{ state: " In clear.", country: " In clear." },
};

/** Declares one field of type `type` for each of `fields`: an accessor-free way to keep 21 fields and their words together. */
function declare(target: object, fields: Readonly<Record<string, string>>, masked: boolean): void {
  for (const [name, words] of Object.entries(fields)) {
    const suffix = masked ? (CLEAR[name] ?? " Masked.") : "";
    Field(() => (masked ? String : PersonalText), { nullable: true, description: `${words}${suffix}` })(target, name);
  }
}

@ObjectType({ simpleResolvers: true, description: "Who buys, masked: enough to recognise, not enough to use." })
export class Buyer {}
declare(Buyer.prototype, BUYER, true);

@ObjectType({ simpleResolvers: true, description: "Where to deliver, masked but for state and country." })
export class Address {}
declare(Address.prototype, ADDRESS, true);

@ObjectType({
  simpleResolvers: true,
  description: "A shopper's checkout profile. It is sealed at rest and masked on every read.",
})
export class Profile {
  @Field(() => Buyer, { description: "Who buys." })
  buyer!: Buyer;

  @Field(() => Address, { description: "Where to deliver." })
  address!: Address;

  @Field(() => Boolean, { description: "Nothing is missing that a Brazilian guest checkout needs." })
  complete!: boolean;

  @Field(() => [String], { description: "Paths of what is missing, such as `address.postalCode`." })
  missing!: readonly string[];

  @Field(() => [ProfileWarning], { description: "What a store may refuse." })
  warnings!: readonly ProfileWarning[];

  @Field(() => DateTime, { description: "When it was last saved." })
  updatedAt!: Date;
}

@InputType({ description: "Who buys. Null erases a field, an absent field is left as it is." })
export class BuyerInput {}
declare(BuyerInput.prototype, BUYER, false);

@InputType({ description: "Where to deliver. Null erases a field, an absent field is left as it is." })
export class AddressInput {}
declare(AddressInput.prototype, ADDRESS, false);

@InputType({ description: "A profile, or the part of it to change." })
export class ProfileInput {
  @Field(() => BuyerInput, { nullable: true, description: "Who buys." })
  buyer?: BuyerInput | null;

  @Field(() => AddressInput, { nullable: true, description: "Where to deliver." })
  address?: AddressInput | null;
}

@InputType({ description: "A profile to save, merged field by field into what is kept." })
export class SaveProfileInput extends Repeatable {
  @Field(() => String, {
    nullable: true,
    description: "The org's own id of the shopper; a consumer is created when it is new. Either this or `consumer`.",
  })
  externalId?: string | null;

  @Field(() => ConsumerRef, { nullable: true, description: "A consumer that exists. Either this or `externalId`." })
  consumer?: ConsumerRef | null;

  @Field(() => ProfileInput, { description: "What to save." })
  profile!: ProfileInput;
}

@InputType({ description: "Whose profile to delete." })
export class DeleteProfileInput extends Repeatable {
  @Field(() => ConsumerRef, { description: "The consumer." })
  consumer!: ConsumerRef;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `saveProfile`." })
export class SaveProfilePayload extends Payload {
  @Field(() => Consumer, { nullable: true, description: "The consumer that it was saved for." })
  consumer!: Consumer | null;

  @Field(() => Profile, { nullable: true, description: "The whole profile as it is now, masked." })
  profile!: Profile | null;

  @Field(() => Boolean, { description: "Whether the consumer is new." })
  created!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `deleteProfile`." })
export class DeleteProfilePayload extends Payload {
  @Field(() => Consumer, { nullable: true, description: "The consumer, without a profile." })
  consumer!: Consumer | null;
}
