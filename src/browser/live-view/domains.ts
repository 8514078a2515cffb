/**
 * The part of a host that somebody owns, to be read first in an address. A short rule in place of the public suffix list:
 * where it does not know better it shows more of the host, never less.
 */

/** Second labels under which a country's domains are registered (`com.br`, `co.uk`, `gob.mx`). */
const SECOND = new Set(
  "ac art adv co com edu eco emp gob gov go gouv ind info jus leg med mil mus ne net nom or org pro psi srv sch tur tv web".split(
    " ",
  ),
);
/** Hosts under which anybody gets a name: the name is what matters. */
const SHARED = new Set(
  (
    "amazonaws.com azurewebsites.net blogspot.com cloudfront.net firebaseapp.com github.io gitlab.io glitch.me herokuapp.com " +
    "myshopify.com myvtex.com netlify.app ngrok.app ngrok.io onrender.com pages.dev surge.sh vercel.app web.app workers.dev"
  ).split(" "),
);

/** Of a host as `URL.hostname` has it. An address in numbers is its own. */
export function registrableDomain(host: string): string {
  if (host.startsWith("[") || /^[\d.]+$/.test(host)) return host;
  const labels = host.replace(/\.$/, "").split(".");
  if (labels.length <= 2) return labels.join(".");
  const last = (count: number) => labels.slice(-count).join(".");
  const country = labels.at(-1) ?? "";
  const isSecond = country.length === 2 && SECOND.has(labels.at(-2) ?? "");
  return isSecond || SHARED.has(last(2)) ? last(3) : last(2);
}
