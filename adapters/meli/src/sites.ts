/** The country sites of Mercado Livre. Each is a shop of its own, with its own accounts and domain. */
export interface Site {
  readonly code: SiteCode;
  /** `mercadolivre.com.br`; the shop is at `www.`, the account at `myaccount.` of it. */
  readonly domain: string;
  /** Where its login pages are. */
  readonly loginHost: string;
  /** Where product pages are, besides the shop itself. */
  readonly productHost: string;
  /** The wallet that shares the login. */
  readonly walletHost: string;
  readonly locale: string;
  readonly timezone: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Closing the shop's account closes a wallet with money in it, too. */
  readonly closesWallet: boolean;
}

/** Country domain, country of the locale, time zone, currency, whether there is a wallet. */
const ROWS = {
  MLB: ["com.br", "BR", "America/Sao_Paulo", "BRL", true],
  MLA: ["com.ar", "AR", "America/Argentina/Buenos_Aires", "ARS", true],
  MLM: ["com.mx", "MX", "America/Mexico_City", "MXN", true],
  MLC: ["cl", "CL", "America/Santiago", "CLP", true],
  MCO: ["com.co", "CO", "America/Bogota", "COP", true],
  MLU: ["com.uy", "UY", "America/Montevideo", "UYU", true],
  MPE: ["com.pe", "PE", "America/Lima", "PEN", true],
  MLV: ["com.ve", "VE", "America/Caracas", "VES", true],
  MEC: ["com.ec", "EC", "America/Guayaquil", "USD", false],
  MBO: ["com.bo", "BO", "America/La_Paz", "BOB", false],
  MPY: ["com.py", "PY", "America/Asuncion", "PYG", false],
  MPA: ["com.pa", "PA", "America/Panama", "USD", false],
  MCR: ["co.cr", "CR", "America/Costa_Rica", "CRC", false],
  MRD: ["com.do", "DO", "America/Santo_Domingo", "DOP", false],
  MGT: ["com.gt", "GT", "America/Guatemala", "GTQ", false],
  MHN: ["com.hn", "HN", "America/Tegucigalpa", "HNL", false],
  MNI: ["com.ni", "NI", "America/Managua", "NIO", false],
  MSV: ["com.sv", "SV", "America/El_Salvador", "USD", false],
} as const satisfies Record<string, readonly [string, string, string, string, boolean]>;

export type SiteCode = keyof typeof ROWS;
export const SITE_CODES = Object.keys(ROWS) as [SiteCode, ...SiteCode[]];

export function siteOf(code: SiteCode): Site {
  const [country, region, timezone, currency, closesWallet] = ROWS[code];
  const isBrazil = code === "MLB";
  const domain = `${isBrazil ? "mercadolivre" : "mercadolibre"}.${country}`;
  return {
    ...{ code, domain, timezone, currency, closesWallet },
    loginHost: isBrazil ? "www.mercadolivre.com" : `www.${domain}`,
    productHost: `${isBrazil ? "produto" : "articulo"}.${domain}`,
    walletHost: `www.mercadopago.${country}`,
    locale: `${isBrazil ? "pt" : "es"}-${region}`,
  };
}

/** Every host of a site that a shopper's browser has to reach. The last serves its scripts and images. */
export const hostsOf = (site: Site): readonly string[] => [
  ...new Set([`www.${site.domain}`, `myaccount.${site.domain}`, site.productHost, site.loginHost, site.walletHost]),
  "http2.mlstatic.com",
];

export const homeUrl = ({ domain }: Site): string => `https://www.${domain}/`;
export const purchasesUrl = ({ domain }: Site): string => `https://myaccount.${domain}/my_purchases/list`;
export const loginUrl = (site: Site): string =>
  `https://${site.loginHost}/jms/${site.code.toLowerCase()}/lgz/login?platform_id=ml&go=${encodeURIComponent(homeUrl(site))}`;
export const closingUrl = ({ code, domain }: Site): string =>
  `https://myaccount.${domain}/${code === "MLB" ? "cancelar-conta" : "cancelar-cuenta"}`;
export const privacyUrl = ({ code, domain }: Site): string =>
  `https://www.${domain}/${code === "MLB" ? "privacidade" : "privacidad"}`;
