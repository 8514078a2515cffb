/** A few postal codes (CEP) of Brazil, enough to fill in an address. */
const PLACES: Readonly<Record<string, readonly [street: string, neighborhood: string, city: string, state: string]>> = {
  "01310100": ["Avenida Paulista", "Bela Vista", "São Paulo", "SP"],
  "01310200": ["Avenida Paulista", "Bela Vista", "São Paulo", "SP"],
  "04538133": ["Avenida Brigadeiro Faria Lima", "Itaim Bibi", "São Paulo", "SP"],
  "20040002": ["Avenida Rio Branco", "Centro", "Rio de Janeiro", "RJ"],
  "22250040": ["Praia de Botafogo", "Botafogo", "Rio de Janeiro", "RJ"],
  "30130010": ["Praça Sete de Setembro", "Centro", "Belo Horizonte", "MG"],
  "70040010": ["SBN Quadra 1", "Asa Norte", "Brasília", "DF"],
  "80010000": ["Praça Tiradentes", "Centro", "Curitiba", "PR"],
  "90010150": ["Rua dos Andradas", "Centro Histórico", "Porto Alegre", "RS"],
  "40020000": ["Praça da Sé", "Centro Histórico", "Salvador", "BA"],
};

export function findPostalCode(postalCode: string) {
  const digits = postalCode.replace(/\D/g, "");
  const place = Object.hasOwn(PLACES, digits) ? PLACES[digits] : undefined;
  if (place === undefined) return undefined;
  const [street, neighborhood, city, state] = place;
  return { postalCode: digits, street, neighborhood, city, state };
}

/** An unknown one is a 200 with nothing filled in. */
export function showPostalCode(country: string, postalCode: string) {
  const found = country === "BRA" ? findPostalCode(postalCode) : undefined;
  const empty = { street: null, neighborhood: null, city: null, state: null };
  return {
    ...{ postalCode, country, number: null, complement: null, reference: null, geoCoordinates: [] },
    ...(found ?? empty),
  };
}
