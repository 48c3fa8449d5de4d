// Without net, gives the pages that somebody has put on the shelf. With net, it does nothing.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', e => e.waitUntil(self.clients.claim()));
self.addEventListener('fetch', e => {
  const at = new URL(e.request.url);
  if (e.request.method !== 'GET' || at.origin !== location.origin) return;
  e.respondWith(fetch(e.request).catch(async () => {
    const box = await caches.open('birge-courses');
    return (await box.match(e.request, { ignoreSearch: true })) || Response.error();
  }));
});
