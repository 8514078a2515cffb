/** The login: user, password, a second factor of the shopper's choice; then a ticket that carries it to two more domains. */
import { empty, type SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import { homeUrl, type Site } from "../src/sites.js";
import {
  type Attempt,
  CODES,
  type CodeMethod,
  LASTS,
  type Market,
  type Method,
  opaque,
  openSession,
  SHOPPERS,
} from "./market.js";
import { escapeText, field, form, readForm, say, showPage, type Visit } from "./view.js";

export interface LoginVisit extends Visit {
  readonly market: Market;
  readonly now: number;
}

export const redirect = (location: string, cookies: readonly string[] = []): SandboxReply =>
  empty(302, { headers: { location }, cookies });

const pathOf = (site: Site): string => `/jms/${site.code.toLowerCase()}/lgz`;
const stepUrl = (site: Site, { id, step }: Attempt): string =>
  `https://${site.loginHost}${pathOf(site)}/msl/login/${id}/${step === "password" ? "pass" : step}`;

export function beginLogin({ site, market, request }: LoginVisit): SandboxReply {
  const attempt: Attempt = {
    ...{ id: opaque(), go: ownUrl(site, request.url.searchParams.get("go")) },
    ...{ step: "user", shopper: null, method: null, codeSentAt: 0, misses: 0 },
  };
  market.attempts.set(attempt.id, attempt);
  return redirect(stepUrl(site, attempt));
}

/** Back to a page of this site, and to no other. */
function ownUrl(site: Site, go: string | null): string {
  const url = go !== null && URL.canParse(go) ? new URL(go) : null;
  return url?.protocol === "https:" && url.hostname.endsWith(`.${site.domain}`) ? url.href : homeUrl(site);
}

export function showStep(visit: LoginVisit): SandboxReply {
  const attempt = visit.market.attempts.get(visit.request.params.id ?? "");
  if (attempt === undefined) return beginLogin(visit);
  const { pathname } = new URL(stepUrl(visit.site, attempt));
  return visit.request.url.pathname === pathname ? render(visit, attempt) : redirect(stepUrl(visit.site, attempt));
}

export function answerStep(visit: LoginVisit): SandboxReply {
  const attempt = visit.market.attempts.get(visit.request.params.id ?? "");
  if (attempt === undefined) return beginLogin(visit);
  const given = readForm(visit.request);
  if (given.has("other")) attempt.step = "methods";
  else if (attempt.step === "user") {
    attempt.shopper = Object.values(SHOPPERS).find(({ login }) => login === given.get("user_id")?.trim()) ?? null;
    if (attempt.shopper === null)
      return render(visit, attempt, say(visit.site, "Revise o seu e-mail", "Revisa tu e-mail"));
    attempt.step = "password";
  } else if (attempt.step === "password") {
    if (given.get("password") !== attempt.shopper?.password) {
      return render(visit, attempt, say(visit.site, "Senha incorreta", "Contraseña incorrecta"));
    }
    if (visit.request.switches.noSecondFactor === true) return enter(visit, attempt);
    attempt.step = "methods";
  } else if (attempt.step === "methods") chooseMethod(attempt, given.get("method"), visit.now);
  else if (attempt.step === "qr" && visit.request.switches.appConfirms === true) return enter(visit, attempt);
  else if (attempt.step === "code") return answerCode(visit, attempt, given.get("code") ?? "");
  return redirect(stepUrl(visit.site, attempt));
}

function chooseMethod(attempt: Attempt, method: string | null, now: number): void {
  if (method === null || !Object.hasOwn(METHODS, method)) return;
  attempt.method = method as Method;
  attempt.step = method === "face" || method === "qr" ? method : "code";
  attempt.codeSentAt = now;
}

function answerCode(visit: LoginVisit, attempt: Attempt, code: string): SandboxReply {
  const isRight = code.replaceAll(/\D/g, "") === CODES[attempt.method as CodeMethod];
  if (isRight && visit.now - attempt.codeSentAt < LASTS.code) return enter(visit, attempt);
  attempt.misses += 1;
  if (attempt.misses < 5)
    return render(visit, attempt, say(visit.site, "Código incorreto ou vencido", "Código incorrecto o vencido"));
  visit.market.attempts.delete(attempt.id);
  return beginLogin(visit);
}

/** Switch `stillborn`: the login is accepted, and its session does not work. */
function enter({ site, market, now, request }: LoginVisit, { id, shopper, go }: Attempt): SandboxReply {
  market.attempts.delete(id);
  if (shopper === null) return redirect(homeUrl(site));
  const session = openSession(market, shopper, now, request.switches.stillborn !== true);
  const ticket = opaque();
  market.tickets.set(ticket, { session, go, endsAt: now + LASTS.ticket });
  return redirect(`https://www.${site.domain}${pathOf(site)}/sso?ticket=${ticket}`);
}

const METHODS: Readonly<Record<Method, readonly [string, string]>> = {
  sms: ["Código por SMS", "Código por SMS"],
  whatsapp: ["Código por WhatsApp", "Código por WhatsApp"],
  call: ["Ligação telefônica", "Llamada telefónica"],
  email: ["Código por e-mail", "Código por e-mail"],
  authenticator: ["Google Authenticator", "Google Authenticator"],
  qr: ["Confirmar no aplicativo com QR", "Confirmar en la app con QR"],
  face: ["Reconhecimento facial", "Reconocimiento facial"],
};

function render(visit: LoginVisit, attempt: Attempt, wrong?: string): SandboxReply {
  const { site } = visit;
  const alarm = wrong === undefined ? "" : `<p class="wrong" role="alert">${escapeText(wrong)}</p>`;
  const next = say(site, "Continuar", "Continuar");
  const other = `<form method="post"><button class="quiet" name="other" value="1">${say(site, "Escolher outro método", "Elegir otro método")}</button></form>`;
  const page = (title: string, body: string) => showPage({ ...visit, shopper: null }, title, alarm + body);
  switch (attempt.step) {
    case "user":
      return page(
        say(site, "Digite o seu e-mail ou telefone", "Ingresa tu e-mail o teléfono"),
        form(field("user_id", "E-mail", `autocomplete="username" inputmode="email" autofocus required`), next) +
          `<p class="note">ana@example.com / sandbox-ana · bruno@example.com / sandbox-bruno</p>`,
      );
    case "password":
      return page(
        say(site, "Digite a sua senha", "Ingresa tu contraseña"),
        form(
          field(
            "password",
            say(site, "Senha", "Contraseña"),
            `type="password" autocomplete="current-password" autofocus required`,
          ),
          next,
        ),
      );
    case "methods":
      return page(
        say(site, "Escolha como confirmar que é você", "Elige cómo confirmar que eres tú"),
        Object.entries(METHODS)
          .map(
            ([method, [pt, es]]) =>
              `<form method="post"><button class="quiet" name="method" value="${method}">${say(site, pt, es)}</button></form>`,
          )
          .join(""),
      );
    case "code":
      return page(
        say(site, "Digite o código", "Ingresa el código"),
        `${form(
          field(
            "code",
            say(site, "Código de 6 dígitos", "Código de 6 dígitos"),
            `inputmode="numeric" autocomplete="one-time-code" maxlength="6" autofocus required`,
          ),
          next,
        )}<p class="note">${CODES[attempt.method as CodeMethod]}</p>${other}`,
      );
    case "face":
      return page(say(site, "Não encontramos uma câmera", "No encontramos una cámara"), other);
    case "qr":
      return page(
        say(site, "Confirme no aplicativo", "Confirma en la app"),
        form("", say(site, "Já confirmei", "Ya confirmé")) + other,
      );
  }
}
