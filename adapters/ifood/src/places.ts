/** Where things are at iFood. */
export const HOME = "https://www.ifood.com.br/inicio";
export const LOGIN = "https://www.ifood.com.br/entrar";
export const CUSTOMER = "https://marketplace.ifood.com.br/v1/customers/me";
export const PRIVACY = "https://privacidade.ifood.com.br/";

export const HOSTS = [
  "www.ifood.com.br",
  "marketplace.ifood.com.br",
  "cw-marketplace.ifood.com.br",
  "wsloja.ifood.com.br",
  "static-images.ifood.com.br",
] as const;
