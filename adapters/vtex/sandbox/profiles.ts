/** Shoppers whom every account knows from the beginning. All of them are invented. */
export interface Profile {
  readonly email: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly document: string | null;
  readonly documentType: string | null;
  readonly phone: string | null;
  readonly addresses: readonly Readonly<Record<string, unknown>>[];
}

/** Complete: a guest who gives this e-mail is asked to log in. */
export const KNOWN_EMAIL = "maria.conhecida@example.com";
/** Incomplete: known, but nothing stands in a guest's way. */
export const HALF_KNOWN_EMAIL = "joao.incompleto@example.com";

/** A telesales operator who buys here, too. */
const OPERATOR_EMAIL = "operadora@loja.example";

export function seedProfiles(): Map<string, Profile> {
  return new Map([
    [KNOWN_EMAIL, completeProfile(KNOWN_EMAIL)],
    [OPERATOR_EMAIL, completeProfile(OPERATOR_EMAIL)],
    [
      HALF_KNOWN_EMAIL,
      {
        email: HALF_KNOWN_EMAIL,
        firstName: "João",
        lastName: null,
        document: null,
        documentType: null,
        phone: null,
        addresses: [],
      },
    ],
  ]);
}

export function completeProfile(email: string): Profile {
  return {
    email,
    firstName: "Maria",
    lastName: "Conhecida",
    document: "98765432100",
    documentType: "cpf",
    phone: "+5521988887777",
    addresses: [
      {
        addressType: "residential",
        addressId: "5f0c5f3c1f8b4b7e9a2d6c1e0b3a4d5e",
        isDisposable: false,
        receiverName: "Maria Conhecida",
        postalCode: "20040-002",
        city: "Rio de Janeiro",
        state: "RJ",
        country: "BRA",
        street: "Avenida Rio Branco",
        number: "156",
        neighborhood: "Centro",
        complement: null,
        reference: null,
        geoCoordinates: [-43.1786, -22.9068],
      },
    ],
  };
}

/** SmartCheckout's rule: everything that an order needs, and an address. */
export function isComplete(profile: Profile | undefined): boolean {
  if (profile === undefined) return false;
  const { email, firstName, lastName, document, documentType, phone, addresses } = profile;
  return [email, firstName, lastName, document, documentType, phone].every(Boolean) && addresses.length > 0;
}
