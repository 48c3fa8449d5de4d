// A course that somebody wants to have without net: its page and its questions are kept by the service worker, only for courses of which they
// said so. Answers given without net are marked here by the key that was stored, and sent when the net is back; the server marks them again,
// and an attempt that comes twice counts once.
const shelf = 'birge-courses', waiting = 'birge-answers';
const part = document.querySelector('[data-offline]'), form = document.querySelector('form[data-quiz]');
const list = () => JSON.parse(localStorage.getItem(waiting) || '[]');
const keep = all => localStorage.setItem(waiting, JSON.stringify(all));

// Answers that wait are sent one after another; what was refused for good is dropped, what failed stays.
const send = async () => {
  for (const one of list()) {
    let said;
    try { said = await fetch(one.path, { method: 'POST', body: new URLSearchParams(one.fields) }); } catch { return; }
    if (said.status === 401 || said.status === 429 || said.status >= 500) return;
    keep(list().filter(other => other.id !== one.id));
  }
  document.querySelectorAll('[data-waiting]').forEach(e => { e.hidden = !list().length; });
};
addEventListener('online', send);
send();
document.querySelectorAll('[data-waiting]').forEach(e => { e.hidden = !list().length; });

if (part && 'serviceWorker' in navigator && 'caches' in window) {
  const pages = [location.pathname, part.dataset.offline], box = await caches.open(shelf);
  const shown = async () => {
    const there = await box.match(pages[0]);
    part.querySelector('[data-put]').hidden = !!there;
    part.querySelector('[data-drop]').hidden = !there;
  };
  part.querySelector('[data-put]').addEventListener('click', async e => {
    e.target.disabled = true;
    try {
      await navigator.serviceWorker.register('/course-worker.js');
      const files = [...document.querySelectorAll('link[rel=stylesheet],script[src]')].map(x => x.href || x.src);
      await box.addAll([pages[0], ...files]);
      await box.put(pages[1], await fetch(pages[1] + '?offline=1'));
    } finally { e.target.disabled = false; }
    await shown();
  });
  part.querySelector('[data-drop]').addEventListener('click', async () => {
    for (const page of pages) await box.delete(page);
    await shown();
  });
  part.hidden = false;
  await shown();
}

const folded = s => s.trim().split(/\s+/).join(' ').toLowerCase().replaceAll('ё', 'е');
const right = (key, given) => {
  switch (key.form) {
    case 'number': {
      const n = Number(given[0].replace(/[\s\u00a0]/g, '').replace(',', '.'));
      return key.ranges.some(([low, high]) => n >= low && n <= high);
    }
    case 'short': return key.right.map(folded).includes(folded(given[0]));
    case 'match': return key.right.every((r, i) => folded(r) === folded(given[i] || ''));
    case 'multiple': return key.right.length === given.length && key.right.every(r => given.includes(r));
  }
  return key.right.join() === given.join();
};

const keys = document.getElementById('quiz-key');
if (form && keys) {
  const key = JSON.parse(keys.textContent), out = document.querySelector('[data-marked]');
  let tries = 0;
  form.addEventListener('submit', async e => {
    e.preventDefault();
    const fields = [...new FormData(form)].map(([k, v]) => [k, String(v)]), given = f => fields.filter(x => x[0] === f && x[1] !== '').map(x => x[1]);
    const missing = key.find(k => !given(k.field).length);
    if (missing) { document.getElementById('f-' + missing.field)?.focus(); return; }
    const id = tries++ ? form.elements.attempt.value + '.' + tries : form.elements.attempt.value;
    if ('account' in form.dataset) {
      keep([...list(), { id, path: form.getAttribute('action'), fields: fields.map(([k, v]) => [k, k === 'attempt' ? id : v]) }].slice(-50));
    }
    let n = 0;
    const lines = key.map(k => {
      const ok = right(k, given(k.field)), li = document.createElement('li');
      if (ok) n++;
      const says = given(k.field).map(g => k.says[g]).find(Boolean) || '';
      li.textContent = k.stem + ' — ' + (ok ? out.dataset.right : out.dataset.wrong) + (says || k.always ? '. ' : '') + [says, k.always].filter(Boolean).join(' ');
      return li;
    });
    out.querySelector('strong').textContent = n + ' / ' + key.length;
    out.querySelector('ol').replaceChildren(...lines);
    out.hidden = false;
    out.scrollIntoView();
    await send();
  });
}
