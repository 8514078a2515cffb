/** The VTEX Admin's front page and its login, for people: `https://{account}.myvtex.com/admin`. */
import { empty, html, type SandboxReply, type SandboxRequest, setCookie } from "@shopkey/adapter-sdk/sandbox";
import type { Account } from "./accounts.js";
import {
  ACCESS_CODE,
  AUTHENTICATOR_CODE,
  answerAttempt,
  attemptCookie,
  attemptOf,
  type LoginAttempt,
  openAttempt,
  PASSWORD,
} from "./logins.js";
import { DAY_MS, findToken, issueToken } from "./operators.js";

export const LOGIN_PATH = "/_v/segment/admin-login/v1/login";

const STYLE =
  "*{box-sizing:border-box}body{margin:0;font:17px/1.45 system-ui,sans-serif;color:#142032;background:#f3f4f6}main{max-width:27rem;margin:2.5rem auto;background:#fff;border-radius:8px;padding:1.4rem 1.6rem}h1{font-size:1.3rem;margin:.2rem 0 1rem}label{display:block;margin:.8rem 0 .2rem}input{font:inherit;width:100%;padding:.7rem;border:1px solid #888;border-radius:6px}button{font:inherit;display:block;width:100%;margin:.8rem 0;padding:.75rem;border:0;border-radius:6px;background:#e31c58;color:#fff;cursor:pointer}.quiet{background:#fde8ee;color:#a0103b}.wrong{color:#b00020}.note{color:#555;font-size:.87rem}";

/** Who is in the Admin: a shopper's login does not count. */
export function showAdmin(account: Account, request: SandboxRequest, now: number): SandboxReply {
  const login = findToken(account, request.cookies.VtexIdclientAutCookie ?? "", now);
  if (login === null || login.audience !== "admin")
    return empty(302, { headers: { location: `${LOGIN_PATH}?returnUrl=%2Fadmin` } });
  return page("Admin", `<p>${escapeText(login.user)}</p><p>${escapeText(account.name)}</p>`);
}

export function showLogin(account: Account, request: SandboxRequest, now: number): SandboxReply {
  const attempt = attemptOf(account, request, now) ?? openAttempt(account, now);
  return showStep(attempt);
}

export function answerLogin(account: Account, request: SandboxRequest, now: number): SandboxReply {
  const attempt = attemptOf(account, request, now);
  if (attempt === null) return showStep(openAttempt(account, now), "O tempo acabou. Comece de novo.");
  const given = new URLSearchParams(Buffer.from(request.body).toString("utf8"));
  if (given.has("byEmail") && attempt.step === "password") {
    attempt.step = "code";
    return showStep(attempt);
  }
  const before = attempt.step;
  if (answerAttempt(account, attempt, given)) return enter(account, attempt, now);
  if (!account.logins.has(attempt.id)) return showStep(openAttempt(account, now), "Tentativas demais. Comece de novo.");
  return attempt.step === before ? showStep(attempt, "Não confere. Tente de novo.") : showStep(attempt);
}

function enter(account: Account, { email }: LoginAttempt, now: number): SandboxReply {
  const token = issueToken(account, { user: email, audience: "admin", tokenType: "user" }, now);
  const cookie = setCookie("VtexIdclientAutCookie", token, { maxAgeSeconds: DAY_MS / 1000 });
  return empty(302, { headers: { location: "/admin" }, cookies: [cookie] });
}

const FIELDS = {
  email: ["email", "E-mail", `type="email" autocomplete="username"`, "operadora@loja.example"],
  password: ["password", "Senha", `type="password" autocomplete="current-password"`, PASSWORD],
  code: ["code", "Código de acesso", `inputmode="numeric" autocomplete="one-time-code"`, ACCESS_CODE],
  authenticator: [
    ...(["code", "Código do autenticador", `inputmode="numeric" autocomplete="one-time-code"`] as const),
    AUTHENTICATOR_CODE,
  ],
} as const;

const TITLES = {
  email: "Entrar no Admin",
  password: "Digite a sua senha",
  code: "Enviamos um código para o seu e-mail",
  authenticator: "Verificação em duas etapas",
} as const;

function showStep(attempt: LoginAttempt, wrong?: string): SandboxReply {
  const { step } = attempt;
  const [name, label, attributes, hint] = FIELDS[step];
  const alarm = wrong === undefined ? "" : `<p class="wrong" role="alert">${escapeText(wrong)}</p>`;
  const other =
    step === "password"
      ? `<form method="post"><button class="quiet" name="byEmail" value="1">Receber um código por e-mail</button></form>`
      : "";
  const body = `${alarm}<form method="post"><label for="${name}">${label}</label><input id="${name}" name="${name}" ${attributes} autofocus required><button>Continuar</button></form>${other}<p class="note">Sandbox: ${escapeText(hint)}</p>`;
  return page(TITLES[step], body, [attemptCookie(attempt)]);
}

function page(title: string, body: string, cookies: readonly string[] = []): SandboxReply {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><link rel="icon" href="data:,"><style>${STYLE}</style>`;
  return html(
    200,
    `<!doctype html><html lang="pt-BR"><head>${head}</head><body><main><h1>${title}</h1>${body}</main></body></html>`,
    { headers: { "cache-control": "no-store" }, cookies: [...cookies] },
  );
}

const escapeText = (value: string): string => value.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
