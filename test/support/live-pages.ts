/**
 * Pages that a shopper meets while logging in, plain HTTP behind the egress proxy as `https://shop.example`, with frames and
 * pop-ups of `https://other.example`. What a page noticed lies in its `window.seen`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface LivePages {
  /** For the egress rules: host → this server. */
  readonly origins: ReadonlyMap<string, string>;
  readonly close: () => Promise<void>;
}

export async function openLivePages(): Promise<LivePages> {
  const server = createServer(answerPage);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origins: new Map([
      ["shop.example", origin],
      ["other.example", origin],
    ]),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerPage(asked: IncomingMessage, answer: ServerResponse): void {
  const url = new URL(asked.url ?? "/", "http://pages");
  const page = PAGES[url.pathname];
  if (url.pathname === "/private" && asked.headers.authorization !== `Basic ${btoa("ana:s3cret")}`) {
    return void answer.writeHead(401, { "www-authenticate": 'Basic realm="private"' }).end("who are you?");
  }
  if (!page) return void answer.writeHead(404).end();
  answer.setHeader("content-type", "text/html; charset=utf-8").end(frame(page));
}

const frame = (
  body: string,
): string => `<!doctype html><html lang="pt-BR"><meta name="viewport" content="width=device-width">
<title>Loja Exemplo</title><style>body{font:18px sans-serif;margin:24px}input,select,button,textarea{font:inherit;padding:8px;margin:6px 0}</style>
<script>window.seen=[]</script>${body}</html>`;

const LOGIN = `<h1>Entrar</h1><form onsubmit="event.preventDefault();document.querySelector('#said').textContent='Olá'">
<p><label>E-mail<br><input id=mail type=email autocomplete=username maxlength=80></label>
<p><label>Senha<br><input id=password type=password autocomplete=current-password></label>
<p><label>Código<br><input id=code inputmode=numeric autocomplete=one-time-code maxlength=6></label>
<p><label>Estado<br><select id=state><option>SP<option>RJ<option>MG</select></label>
<p><label>Nascimento<br><input id=birth type=date></label>
<p><button>Continuar</button> <a href="/private">Área privada</a></form><p id=said role=status></p>`;

const PAGES: Readonly<Record<string, string>> = {
  "/login": LOGIN,
  "/private": "<h1>private</h1>",
  "/type": `<textarea id=field rows=12 cols=60 autofocus></textarea>`,
  "/click": `<style>body{margin:0}</style><div id=box style="width:100vw;height:100vh;background:rgb(0,0,0)"></div>
<script>let n=0;addEventListener("mousedown",()=>{n++;box.style.background=n%2?"rgb(255,255,255)":"rgb(0,0,0)"})</script>`,
  "/animate": `<canvas id=c width=1200 height=700></canvas><script>const g=c.getContext("2d");let i=0;(function f(){i++;
for(let k=0;k<60;k++){g.fillStyle="hsl("+((i*7+k*31)%360)+" 80% 50%)";g.fillRect((k*97+i*3)%1200,(k*53+i*5)%700,90,60)}requestAnimationFrame(f)})()</script>`,
};
