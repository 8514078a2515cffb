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

/** Everything that a page may ask for outside of its own picture. */
const MATRIX = `<select id=list><option>SP<option>RJ<option>MG</select> <button id=ask>ask</button> <button id=name>name</button>
<input id=upload type=file accept="image/*" multiple> <button id=open>open</button> <a id=private href="/private">private</a><br>
<input id=birth type=date min="1920-01-01"> <input id=hour type=time> <input id=colour type=color value="#000000"> <input id=text>
<script>
const note=(...all)=>seen.push(all.join(" "));
list.onchange=()=>note("list",list.value);
ask.onclick=()=>note("confirm",confirm("Sure?"));
document.querySelector("#name").onclick=()=>note("prompt",prompt("Name?"));
upload.onchange=async()=>{for(const f of upload.files)note("file",f.name,f.type,f.size,(await f.text()).slice(0,5))};
document.querySelector("#open").onclick=()=>window.open("https://other.example/child","child","width=400,height=500");
addEventListener("message",(event)=>note("message",event.origin,event.data));
for(const id of ["birth","hour","colour"]){const one=document.getElementById(id);one.oninput=()=>note("input",id,one.value);one.onchange=()=>note("change",id,one.value)}
</script>`;

/** A square whose colour counts the presses: one bit each of red, green and blue, from 0 to 7 and round again. */
const MARK = `<style>body{margin:0}</style><div id=mark style="width:120px;height:120px;background:rgb(0,0,0)"></div>
<script>let n=0;addEventListener("mousedown",()=>{n++;mark.style.background="rgb("+[1,2,4].map((bit)=>n&bit?255:0)+")"})</script>`;

const PAGES: Readonly<Record<string, string>> = {
  "/login": LOGIN,
  "/private": "<h1>private</h1>",
  "/matrix": MATRIX,
  "/framed": `<h1>framed</h1><iframe id=inner src="https://other.example/matrix" width=900 height=400 style="margin:30px;border:5px solid"></iframe>`,
  "/child": `<button id=done onclick="opener?.postMessage('back','*');window.close()">done</button>`,
  "/typed": `<textarea id=field></textarea><input id=plain><input id=password type=password><iframe src="https://other.example/type"></iframe>`,
  "/type": `<textarea id=field rows=12 cols=60 autofocus></textarea><input id=plain><input id=password type=password>
<div id=rich contenteditable style="min-height:40px;border:1px solid"></div>
<script>for(const kind of ["keydown","keypress","beforeinput","input","paste","compositionstart","compositionend"])
addEventListener(kind,(e)=>seen.push(kind+":"+(e.inputType??e.key??e.data??"")),true)</script>`,
  "/paste": `<input id=code><script>code.onpaste=(e)=>{e.preventDefault();code.value=e.clipboardData.getData("text").replace(/\\D/g,"")}</script>`,
  "/click": `<style>body{margin:0}</style><div id=box style="width:100vw;height:100vh;background:rgb(0,0,0)"></div>
<script>let n=0;addEventListener("mousedown",()=>{n++;box.style.background=n%2?"rgb(255,255,255)":"rgb(0,0,0)"})</script>`,
  "/hover": `<style>body{margin:0}</style><div id=box style="width:100vw;height:100vh"></div>
<script>for(const kind of ["mousedown","mouseup","click","dblclick","wheel","touchstart","touchend","keydown","keyup"])addEventListener(kind,(e)=>
seen.push(kind+" "+(e.key??"")+Math.round(e.clientX??0)+","+Math.round(e.clientY??0)+" "+(e.detail??0)),{passive:true})</script>`,
  "/marked": `${MARK}<canvas id=c width=1200 height=640></canvas><script>const g=c.getContext("2d");let i=0;(function f(){i++;
for(let k=0;k<60;k++){g.fillStyle="hsl("+((i*7+k*31)%360)+" 80% 50%)";g.fillRect((k*97+i*3)%1200,(k*53+i*5)%640,90,60)}requestAnimationFrame(f)})()</script>`,
  "/ticking": `${MARK}<div id=shelf style="display:grid;grid-template-columns:repeat(auto-fill,150px)"></div><script>
for(let k=0;k<60;k++)shelf.append(Object.assign(document.createElement("p"),{textContent:"Produto "+k+" R$ "+k*7}));let i=0;
setInterval(()=>{i++;for(let k=0;k<6;k++){const one=shelf.children[(i*6+k)%60];one.style.background="hsl("+i*9%360+" 70% 70%)"}},100)</script>`,
  "/noise": `<canvas id=c width=1200 height=700></canvas><script>const g=c.getContext("2d"),d=g.createImageData(1200,700),w=new Uint32Array(d.data.buffer);
(function f(){for(let k=0;k<w.length;k++)w[k]=0xff000000|Math.random()*0xffffff;g.putImageData(d,0,0);requestAnimationFrame(f)})()</script>`,
  "/animate": `<canvas id=c width=1200 height=700></canvas><script>const g=c.getContext("2d");let i=0;(function f(){i++;
for(let k=0;k<60;k++){g.fillStyle="hsl("+((i*7+k*31)%360)+" 80% 50%)";g.fillRect((k*97+i*3)%1200,(k*53+i*5)%700,90,60)}requestAnimationFrame(f)})()</script>`,
};
