/** VTEX's masking, each field in the manner of the samples in its guides. */
type Shown = Readonly<Record<string, unknown>>;

const MASKS: Readonly<Record<string, (value: string) => string>> = {
  firstName: keepStart,
  lastName: keepStart,
  document: (value) => value.replace(/./gs, (char, at: number) => (at % 2 === 0 ? "*" : char)),
  corporateDocument: (value) => value.replace(/./gs, (char, at: number) => (at % 2 === 0 ? "*" : char)),
  phone: (value) => `******${value.slice(-4)}`,
  corporatePhone: (value) => `******${value.slice(-4)}`,
  corporateName: keepStart,
  tradeName: keepStart,
  stateInscription: () => "***",
  postalCode: (value) => `******${value.slice(-3)}`,
  receiverName: (value) => `${value.slice(0, 3)}***${value.slice(-3)}`,
  street: (value) => `${value.slice(0, 3)} *** *****${value.slice(-3)}`,
  number: () => "***",
  complement: () => "***",
  neighborhood: (value) => `${value.slice(0, 2)}*****`,
  reference: () => "***",
};

function keepStart(value: string): string {
  return `${value.slice(0, 3)}******`;
}

export function mask<T extends Shown>(part: T): T {
  const masked = Object.entries(part).map(([name, value]) => {
    const cover = Object.hasOwn(MASKS, name) ? MASKS[name] : undefined;
    if (name === "geoCoordinates") return [name, []];
    return [name, typeof value === "string" && value !== "" && cover !== undefined ? cover(value) : value];
  });
  return Object.fromEntries(masked) as T;
}
