/**
 * A shop that keeps a login in every place that a browser has: nine items. It speaks plain HTTP and stands behind the
 * egress proxy as `https://shop.example`, which makes it a secure context.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright";

export interface NineItemsSite {
  readonly origin: string;
  /** Every `cookie` header that came for a host, newest last. */
  readonly cookiesSeen: (host: string) => readonly string[];
  readonly close: () => Promise<void>;
}

/** A JWK, as the page exported it. */
export type PublicKey = Readonly<Record<string, unknown>>;

const WORKER = `
self.addEventListener("install", (event) => event.waitUntil(caches.open("v1").then((cache) =>
  cache.put("/from-cache", new Response("cached by the worker")))));
self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));
self.addEventListener("fetch", (event) => {
  if (new URL(event.request.url).pathname === "/from-cache") event.respondWith(caches.match("/from-cache"));
});`;

export async function openNineItemsSite(): Promise<NineItemsSite> {
  const seen = new Map<string, string[]>();
  const server = createServer((asked, answer) => {
    const host = String(asked.headers["x-forwarded-host"]);
    seen.set(host, [...(seen.get(host) ?? []), asked.headers.cookie ?? ""]);
    const path = new URL(asked.url ?? "/", "http://site").pathname;
    if (path === "/login") {
      answer.setHeader("set-cookie", [
        "__Host-session=s3cr3t; Path=/; Secure; HttpOnly; SameSite=Lax",
        "device=d-77; Domain=shop.example; Max-Age=86400; Secure",
        "part=p-1; Path=/; Secure; SameSite=None; Partitioned",
      ]);
    }
    if (path === "/me") return void answer.end(isLoggedIn(asked) ? "ana" : "nobody");
    if (path === "/worker.js") return void answer.setHeader("content-type", "text/javascript").end(WORKER);
    answer.setHeader("content-type", "text/html").end("<!doctype html><title>shop</title><h1>shop</h1>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cookiesSeen: (host) => seen.get(host) ?? [],
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function isLoggedIn(asked: IncomingMessage): boolean {
  return (asked.headers.cookie ?? "").includes("__Host-session=s3cr3t");
}

const OPEN_DATABASE = `const database = await new Promise((resolve, reject) => {
  const opening = indexedDB.open("shop", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("things");
  opening.onsuccess = () => resolve(opening.result);
  opening.onerror = () => reject(opening.error);
});
const ask = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});`;

/** Logs in and fills all nine places; answers the public key, to check a later signature with. */
export async function logIn(page: Page): Promise<PublicKey> {
  await page.goto("https://shop.example/login");
  return await page.evaluate<PublicKey>(`(async () => {
    localStorage.setItem("cart", "três itens");
    sessionStorage.setItem("step", "2fa done");
    ${OPEN_DATABASE}
    const { publicKey, privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    const things = database.transaction("things", "readwrite").objectStore("things");
    for (let row = 0; row < 50; row++) things.put({ row, text: "row " + row }, "row-" + row);
    things.put(new Date(86400000), "date");
    things.put(new Uint8Array([1, 2, 250]), "bytes");
    things.put(new Blob(["a blob's text"], { type: "text/plain" }), "blob");
    await ask(things.put(privateKey, "key"));
    database.close();
    const file = await (await (await navigator.storage.getDirectory()).getFileHandle("note.txt", { create: true })).createWritable();
    await file.write("private file"); await file.close();
    // A browser that does not trust the sandbox's key on its own registers none.
    await navigator.serviceWorker.register("/worker.js").then(() => navigator.serviceWorker.ready, () => null);
    return await crypto.subtle.exportKey("jwk", publicKey);
  })()`);
}

/** What is there now, each item as true or false. */
export async function readNineItems(page: Page, publicKey: PublicKey): Promise<Record<string, boolean>> {
  await page.goto("https://shop.example/");
  return await page.evaluate<Record<string, boolean>>(`(async () => {
    const safely = (check) => check().then(Boolean, () => false);
    ${OPEN_DATABASE}
    const get = (key) => ask(database.transaction("things").objectStore("things").get(key));
    const found = {
      sessionCookie: await safely(async () => (await (await fetch("/me")).text()) === "ana"),
      localStorage: localStorage.getItem("cart") === "três itens",
      sessionStorage: sessionStorage.getItem("step") === "2fa done",
      indexedDb: await safely(async () => (await get("row-49")).text === "row 49" && (await get("date")) instanceof Date
        && (await get("date")).getTime() === 86400000 && (await get("bytes")) instanceof Uint8Array && (await get("bytes"))[2] === 250),
      blob: await safely(async () => (await get("blob")) instanceof Blob && (await (await get("blob")).text()) === "a blob's text"),
      cryptoKey: await safely(async () => {
        const key = await get("key");
        const text = new TextEncoder().encode("proof");
        const algorithm = { name: "ECDSA", hash: "SHA-256" };
        const signature = await crypto.subtle.sign(algorithm, key, text);
        const known = await crypto.subtle.importKey("jwk", ${JSON.stringify(publicKey)}, { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]);
        return !key.extractable && await crypto.subtle.verify(algorithm, known, signature, text);
      }),
      privateFile: await safely(async () =>
        (await (await (await (await navigator.storage.getDirectory()).getFileHandle("note.txt")).getFile()).text()) === "private file"),
      serviceWorker: await safely(async () => Boolean((await navigator.serviceWorker.getRegistration())?.active)),
      cacheApi: await safely(async () => (await (await (await caches.open("v1")).match("/from-cache")).text()) === "cached by the worker"
        && (await (await fetch("/from-cache")).text()) === "cached by the worker"),
    };
    database.close();
    return found;
  })()`);
}
