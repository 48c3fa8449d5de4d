// A course that somebody wants to have without net: its page and its questions are kept by the service worker, only for courses of which they
// said so. Answers given without net are marked here by the key that was stored, and sent when the net is back; the server marks them again,
// and an attempt that comes twice counts once.
const shelf = 'birge-courses', waiting = 'birge-answers', most = 50;
const part = document.querySelector('[data-offline]'), form = document.querySelector('form[data-quiz]');
const list = () => JSON.parse(localStorage.getItem(waiting) || '[]');
const keep = all => localStorage.setItem(waiting, JSON.stringify(all));
const show = (name, yes) => document.querySelectorAll('[data-' + name + ']').forEach(e => { e.hidden = !yes; });
const tell = () => {
  const all = list(), refused = all.some(one => one.said && one.said !== 401);
  show('waiting', all.length);
  show('wait', all.some(one => !one.said));
  show('sign', all.some(one => one.said === 401));
  show('refused', refused);
};

// Answers that wait are sent one after another. Only those go that the server has kept: it then shows their result. For the others the page
// says what is in the way, and nobody but the reader throws them away.
const send = async () => {
  for (const one of list()) {
    let said;
    try { said = await fetch(one.path, { method: 'POST', body: new URLSearchParams(one.fields) }); } catch { break; }
    if (said.status === 429 || said.status >= 500) break;
    const kept = said.ok && said.url.includes('/result/');
    keep(list().flatMap(other => other.id !== one.id ? [other] : kept ? [] : [{ ...other, said: said.ok ? 401 : said.status }]));
  }
  tell();
};
document.querySelectorAll('[data-forget]').forEach(e => e.addEventListener('click', () => {
  keep(list().filter(one => !one.said || one.said === 401));
  tell();
}));
addEventListener('online', send);
tell();
send();

if (part && 'serviceWorker' in navigator && 'caches' in window) {
  const pages = [location.pathname, part.dataset.offline].filter(Boolean), box = await caches.open(shelf);
  const shown = async () => {
    const there = await box.match(pages[0]);
    part.querySelector('[data-put]').hidden = !!there;
    part.querySelector('[data-drop]').hidden = !there;
  };
  part.querySelector('[data-put]').addEventListener('click', async e => {
    e.target.disabled = true;
    show('unstored', false);
    try {
      await navigator.serviceWorker.register('/course-worker.js');
      const files = [...document.querySelectorAll('link[rel=stylesheet],script[src]')].map(x => x.href || x.src);
      const quiz = pages[1] && await fetch(pages[1] + '?offline=1');
      if (quiz && !quiz.ok) throw quiz.status;
      await box.addAll([pages[0], ...files]);
      if (quiz) await box.put(pages[1], quiz);
    } catch {
      show('unstored', true);
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
      return (key.ranges || []).some(([low, high]) => n >= low && n <= high);
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
  const linesOf = k => k.form === 'match' || k.form === 'order' ? k.right.length : 1;
  form.addEventListener('submit', async e => {
    e.preventDefault();
    const fields = [...new FormData(form)].map(([k, v]) => [k, String(v)]), given = f => fields.filter(x => x[0] === f && x[1] !== '').map(x => x[1]);
    form.querySelectorAll('[data-missing]').forEach(x => x.remove());
    const missing = key.find(k => given(k.field).length < linesOf(k));
    if (missing) {
      const all = [...form.querySelectorAll('[name="' + missing.field + '"]')], at = all.find(x => !x.value) || all[0], words = document.createElement('p');
      words.className = 'error';
      words.dataset.missing = '';
      words.setAttribute('role', 'alert');
      words.textContent = out.dataset.missing;
      (at.closest('fieldset') || at.closest('.field') || at).before(words);
      at.focus();
      return;
    }
    // Each try has a name of its own, also after the stored page was opened anew; what stands before the dot draws the same questions.
    const id = form.elements.attempt.value + '.' + Date.now().toString(36);
    const all = list(), account = form.dataset.account, full = account && all.length >= most;
    show('full', full);
    if (account && !full) {
      keep([...all, { id, path: form.getAttribute('action'), fields: [...fields.map(([k, v]) => [k, k === 'attempt' ? id : v]), ['account', account]] }]);
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
