// Without net, gives the pages that somebody has put on the shelf. With net it changes one thing: questions of a course on the shelf come with
// the key that marks them here, so that they can be answered when the net goes before they are sent.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', e => e.waitUntil(self.clients.claim()));
self.addEventListener('fetch', e => {
  const at = new URL(e.request.url);
  if (e.request.method !== 'GET' || at.origin !== location.origin) return;
  e.respondWith((async () => {
    const stored = await caches.open('birge-courses').then(box => box.match(e.request, { ignoreSearch: true })).catch(() => undefined);
    const keyed = stored && !at.search && /\/learning\/[^/]+\/quiz$/.test(at.pathname);
    try { return await fetch(keyed ? at.pathname + '?offline=1' : e.request); } catch { return stored || Response.error(); }
  })());
});
