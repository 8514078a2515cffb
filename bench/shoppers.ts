/** Made-up shoppers: the same number is the same person, at every run. */

export interface Shopper {
  readonly buyer: {
    readonly firstName: string;
    readonly lastName: string;
    readonly email: string;
    readonly document: string;
    readonly documentType: string;
    readonly phone: string;
  };
  readonly address: Readonly<Record<(typeof ADDRESS)[number], string>>;
}

/** In the order in which the gateway keeps them. */
const ADDRESS = [
  "postalCode",
  "street",
  "number",
  "complement",
  "neighborhood",
  "city",
  "state",
  "country",
  "reference",
  "receiver",
] as const;

const FIRST = ["Ana", "Bruno", "Carla", "Diego", "Elisa", "Fábio", "Gabriela", "Heitor", "Inês", "João"];
const LAST = ["Lima", "Souza", "Almeida Prado", "Araújo", "Ferreira", "Gonçalves", "Moreira da Silva", "Pires"];
const CITIES = [
  ["São Paulo", "SP"],
  ["Rio de Janeiro", "RJ"],
  ["Belo Horizonte", "MG"],
  ["Curitiba", "PR"],
  ["Recife", "PE"],
] as const;

const pick = <T>(from: readonly T[], number: number): T => from[number % from.length] as T;
const digits = (value: number, length: number): string => String(value % 10 ** length).padStart(length, "0");

/** A CPF with the right check digits. */
function cpf(number: number): string {
  const base = digits(number * 7919 + 123_456_789, 9);
  const check = (text: string): string => {
    let sum = 0;
    for (let at = 0; at < text.length; at++) sum += (text.charCodeAt(at) - 48) * (text.length + 1 - at);
    const rest = sum % 11;
    return String(rest < 2 ? 0 : 11 - rest);
  };
  const first = base + check(base);
  return first + check(first);
}

/** `version` is another profile of the same person. */
export function shopper(number: number, version = 0): Shopper {
  const firstName = pick(FIRST, number + version);
  const lastName = pick(LAST, number * 3 + version);
  const [city, state] = pick(CITIES, number + version);
  return {
    buyer: {
      firstName,
      lastName,
      email: `shopper.${number}.${version}@example.com`,
      document: cpf(number),
      documentType: "cpf",
      phone: `+55119${digits(number * 31 + version, 8)}`,
    },
    address: {
      postalCode: digits(1_310_100 + number * 17 + version, 8),
      street: "Avenida Paulista",
      number: String(1 + ((number + version) % 2_000)),
      complement: `Apto. ${1 + (number % 90)}`,
      neighborhood: "Bela Vista",
      city,
      state,
      country: "BRA",
      reference: "Perto do parque",
      receiver: `${firstName} ${lastName}`,
    },
  };
}

export const externalIdOf = (number: number): string => `shopper_${String(number).padStart(7, "0")}`;

/** Uniform in 0..below-1 from a seed, the same at every run (mulberry32). */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
