/** What every organization sells. Prices in integer cents. */
export interface Sku {
  readonly code: string;
  readonly name: string;
  readonly cents: number;
  readonly stock: number;
}

export function catalogueOf(): readonly Sku[] {
  return [
    { code: "CANECA-300", name: "Caneca de cerâmica 300 ml", cents: 3490, stock: 200 },
    { code: "CAMISETA-M", name: "Camiseta de algodão M", cents: 6990, stock: 80 },
    { code: "MOCHILA-20L", name: "Mochila 20 l", cents: 18990, stock: 12 },
    { code: "GUARDA-CHUVA", name: "Guarda-chuva dobrável", cents: 5990, stock: 0 },
  ];
}
