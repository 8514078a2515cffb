/** What the shops sell. Prices in integer cents of BRL, as VTEX writes them. */
export interface Sku {
  readonly id: string;
  readonly name: string;
  readonly price: number;
  readonly stock: number;
}

const CATALOGUES: Readonly<Record<string, readonly Sku[]>> = {
  cobasi: [
    { id: "1001", name: "Ração Golden Cães Adultos Frango e Arroz 15 kg", price: 15990, stock: 40 },
    { id: "1002", name: "Areia Higiênica Pipicat Classic 4 kg", price: 1890, stock: 200 },
    { id: "1003", name: "Bifinho Keldog Carne 500 g", price: 2790, stock: 75 },
    { id: "1004", name: "Arranhador Torre para Gatos", price: 24990, stock: 0 },
  ],
  animale: [
    { id: "2001", name: "Vestido Midi Seda Estampado P", price: 129800, stock: 6 },
    { id: "2002", name: "Calça Pantalona Linho 40", price: 79800, stock: 11 },
    { id: "2003", name: "Blusa Gola Alta Tricot M", price: 45900, stock: 20 },
    { id: "2004", name: "Jaqueta Couro 38", price: 249800, stock: 0 },
  ],
  lojaspompeia: [
    { id: "3001", name: "Tênis Casual Masculino 41", price: 18990, stock: 30 },
    { id: "3002", name: "Jogo de Cama Casal 200 Fios", price: 13990, stock: 55 },
    { id: "3003", name: "Camiseta Básica Algodão M", price: 3990, stock: 300 },
    { id: "3004", name: "Mochila Escolar Reforçada", price: 15990, stock: 0 },
  ],
};

/** Any other account is a small shop of its own. */
const CORNER_SHOP: readonly Sku[] = [
  { id: "1", name: "Caneca de Cerâmica 300 ml", price: 3490, stock: 100 },
  { id: "2", name: "Caderno Pautado A5", price: 1990, stock: 100 },
  { id: "3", name: "Guarda-chuva Dobrável", price: 5990, stock: 0 },
];

export function catalogueOf(account: string): readonly Sku[] {
  return (Object.hasOwn(CATALOGUES, account) ? CATALOGUES[account] : undefined) ?? CORNER_SHOP;
}
