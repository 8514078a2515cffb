/** The login: a phone number or an e-mail address, then six digits, sometimes six more from the e-mail. */
import { randomUUID } from "node:crypto";
import { empty, type SandboxReply, setCookie } from "@shopkey/adapter-sdk/sandbox";
import { HOME, LOGIN } from "../src/places.js";
import { type Attempt, type Channel, CODES, LASTS, openSession, SHOPPERS, type Shopper } from "./house.js";
import { readForm, showPage, type Visit } from "./view.js";

export const redirect = (location: string, cookies: readonly string[] = []): SandboxReply =>
  empty(303, { headers: { location }, cookies });

/** As the store's domain keeps a login. */
export const sessionCookie = (token: string): string =>
  setCookie("ifd_session", token, { domain: ".ifood.com.br", maxAgeSeconds: LASTS.session / 1000 });

export const showEntry = (visit: Visit): SandboxReply =>
  showPage(
    visit,
    "Como deseja continuar?",
    `<a class="button" href="/entrar/celular">Celular</a><a class="button quiet" href="/entrar/email">E-mail</a>
<button class="quiet" disabled>Google</button><button class="quiet" disabled>Facebook</button>`,
  );

export const askPhone = (visit: Visit): SandboxReply =>
  showPage(
    visit,
    "Informe o número do seu celular",
    `<form method="post"><input name="phone" aria-label="Celular" inputmode="tel" autocomplete="tel" autofocus required>
<button name="channel" value="whatsapp">Receber código por WhatsApp</button><button class="quiet" name="channel" value="sms">Receber código por SMS</button></form>
<p class="note">11 99999-0001</p>`,
  );

export const askEmail = (visit: Visit): SandboxReply =>
  showPage(
    visit,
    "Informe o seu e-mail",
    `<form method="post"><input name="email" type="email" aria-label="E-mail" autocomplete="email" autofocus required><button name="channel" value="email">Continuar</button></form>
<p class="note">ana@example.com · bruno@example.com</p>`,
  );

/** A stranger is asked for a code as well: the store does not tell who is a customer. */
export function sendCode({ house, request, now }: Visit): SandboxReply {
  const given = readForm(request);
  const phone = (given.get("phone") ?? "").replaceAll(/\D/g, "");
  const known = Object.values<Shopper>(SHOPPERS).find((one) =>
    phone === "" ? one.email === given.get("email")?.trim().toLowerCase() : one.phone === phone,
  );
  const channel = given.get("channel") ?? "";
  if (!Object.hasOwn(CODES, channel)) return redirect(LOGIN);
  const id = randomUUID();
  house.attempts.set(id, { shopper: known ?? null, channel: channel as Channel, sentAt: now });
  return redirect(`https://www.ifood.com.br/entrar/codigo/${id}`);
}

export function showCode(visit: Visit, id: string, wrong = ""): SandboxReply {
  const attempt = visit.house.attempts.get(id);
  if (attempt === undefined) return redirect(LOGIN);
  const inputs = [0, 1, 2, 3, 4, 5].map(
    (at) =>
      `<input id="otp-input-${at}" name="digit" aria-label="Dígito ${at + 1}" inputmode="numeric" required ${at === 0 ? `maxlength="6" autocomplete="one-time-code" autofocus` : `maxlength="1"`}>`,
  );
  return showPage(
    visit,
    attempt.channel === "email" ? "Digite o código enviado ao seu e-mail" : "Digite o código de 6 dígitos",
    `${wrong === "" ? "" : `<p class="wrong" role="alert">${wrong}</p>`}<form method="post"><div class="otp">${inputs.join("")}</div><button>Continuar</button></form>
<p class="note">${CODES[attempt.channel]}</p>${ONE_BY_ONE}`,
  );
}

/** A digit moves on to the next field; a whole code, pasted or filled in, spreads over all six. */
const ONE_BY_ONE = `<script>
const fields = [...document.querySelectorAll("[name=digit]")];
const spread = (text, at) => { [...text.replace(/\\D/g, "")].forEach((digit, n) => { if (fields[at + n]) fields[at + n].value = digit; }); };
fields.forEach((field, at) => {
  field.addEventListener("paste", (event) => { event.preventDefault(); spread(event.clipboardData.getData("text"), at); });
  field.addEventListener("input", () => {
    spread(field.value, at);
    field.value = field.value.slice(0, 1);
    if (field.value) fields[at + 1]?.focus();
  });
  field.addEventListener("keydown", (event) => { if (event.key === "Backspace" && !field.value) fields[at - 1]?.focus(); });
});</script>`;

/**
 * Switches: `emailConfirmation` after the phone's code, one more by e-mail · `stillborn` a login whose session does not work ·
 * `completesAfter` a login whose session works once the API has refused it so many times.
 */
export function answerCode(visit: Visit, id: string): SandboxReply {
  const { house, request, now } = visit;
  const attempt = house.attempts.get(id);
  if (attempt === undefined) return redirect(LOGIN);
  const code = readForm(request).getAll("digit").join("");
  if (code !== CODES[attempt.channel] || attempt.shopper === null) return showCode(visit, id, "Código incorreto");
  if (now - attempt.sentAt >= LASTS.code) return showCode(visit, id, "Código expirado");
  if (request.switches.emailConfirmation === true && attempt.channel !== "email")
    return confirmByEmail(attempt, id, now);
  house.attempts.delete(id);
  const { stillborn, completesAfter } = request.switches;
  const refusalsLeft = Number(completesAfter ?? 0);
  const token = openSession(house, attempt.shopper, now, { live: stillborn !== true, refusalsLeft });
  return redirect(HOME, [sessionCookie(token)]);
}

function confirmByEmail(attempt: Attempt, id: string, now: number): SandboxReply {
  attempt.channel = "email";
  attempt.sentAt = now;
  return redirect(`https://www.ifood.com.br/entrar/codigo/${id}`);
}
