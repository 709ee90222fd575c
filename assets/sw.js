// Keeps fingerprinted files only. Pages and figures always come from the server: nothing of a bank's stays on a device.
const KEPT = "basis-" + new URL(location.href).searchParams.get("v");
const AWAY = "/assets/offline.html";

self.addEventListener("install", (event) => event.waitUntil(caches.open(KEPT).then((kept) => kept.add(AWAY)).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) =>
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  ),
);
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/_dash-component-suites/") || (url.pathname.startsWith("/assets/") && url.search)) {
    event.respondWith(fromStore(request));
  } else if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(AWAY)));
  }
});

async function fromStore(request) {
  const found = await caches.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(KEPT)).put(request, answer.clone());
  return answer;
}
