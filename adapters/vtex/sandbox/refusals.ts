/** VTEX's error envelope and pages. Texts are localized, as a Brazilian account sends them. */
import { randomUUID } from "node:crypto";
import { html, json, type SandboxReply } from "@shopkey/adapter-sdk/sandbox";

const TEXTS: Readonly<Record<string, string>> = {
  CHK003: "Acesso negado",
  CHK0040: 'O campo CEP não aceita os caracteres: < > ? + " ; % *',
  CHK0087: "É necessário fazer login para usar um novo endereço",
  CHK0119: "Endereços devem ter CEP ou coordenadas geográficas",
  CHK0127: "País inválido",
  CHK0131: "E-mail inválido",
  ORD002: "Formulário de compra inválido",
  ORD006: "O campo {0} do endereço de entrega é inválido",
  ORD007: "O campo {0} do perfil do cliente é inválido",
  ORD027: "Item {0} não encontrado ou indisponível",
  ORD056: "Item duplicado",
  ORD058: "O índice do item está faltando",
  withoutStock: "O item {0} não está mais disponível",
};

export function textOf(code: string, argument = ""): string {
  return (TEXTS[code] ?? "Erro ao processar a requisição").replace("{0}", argument);
}

/** `{"fields":{},"error":{…},"operationId"}` */
export function refuse(status: number, code: string, argument?: string): SandboxReply {
  return json(status, {
    fields: {},
    error: { code, message: textOf(code, argument), exception: null },
    operationId: randomUUID(),
  });
}

/** A route that VTEX does not have is answered by the storefront. */
export function pageNotFound(): SandboxReply {
  return html(
    404,
    "<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head><body></body></html>",
  );
}
