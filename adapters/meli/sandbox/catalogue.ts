export interface Item {
  readonly number: string;
  readonly title: string;
  /** In the site's currency. */
  readonly price: number;
  readonly paused: boolean;
}

/** Every country site sells the same few things. */
export const ITEMS: readonly Item[] = [
  { number: "3511223344", title: "Fone de ouvido sem fio", price: 189.9, paused: false },
  { number: "3599887766", title: "Chaleira elétrica 1,7 L", price: 129, paused: false },
  { number: "3500000001", title: "Cadeira de balanço", price: 749.5, paused: true },
];
export const itemOf = (number: string | undefined): Item | undefined => ITEMS.find((item) => item.number === number);
