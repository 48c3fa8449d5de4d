// Everything here makes a page nicer; nothing here is needed.
const all = (sel, root = document) => [...root.querySelectorAll(sel)];

// The error summary takes the focus, so that nobody misses it.
const summary = document.querySelector('.error-summary');
summary?.focus();

// The current section is in view.
for (const nav of all('.sub,.tabs')) {
  const here = nav.querySelector('[aria-current]');
  if (here) nav.scrollLeft = here.offsetLeft - nav.offsetLeft - 56;
}

// Escape folds what a verb has unfolded.
const verbs = document.querySelector('.verbs');
for (const on of ['keydown', 'pointermove']) addEventListener(on, e => verbs?.classList.toggle('folded', e.key === 'Escape'));

// How much of a field is used.
for (const out of all('.counter')) {
  const field = document.getElementById(out.dataset.for), now = out.lastElementChild;
  if (!field) continue;
  const show = () => {
    const n = [...field.value].length;
    now.textContent = n ? ` · ${n} / ${out.dataset.max}` : '';
    out.classList.toggle('over', n > out.dataset.max);
  };
  field.addEventListener('input', show);
  show();
}

// Languages of a text as tabs that tell which are filled.
for (const set of all('.multi')) {
  const parts = all('.multi-part', set);
  if (parts.length < 2) continue;
  const list = document.createElement('div');
  list.role = 'tablist';
  list.className = 'multi-tabs';
  const tabs = parts.map((part, i) => {
    const label = part.querySelector('label'), field = part.querySelector('input,textarea');
    const tab = document.createElement('button');
    const state = document.createElement('span');
    tab.type = 'button';
    tab.role = 'tab';
    tab.id = field.id + '-tab';
    tab.lang = part.dataset.lang;
    part.id = field.id + '-panel';
    tab.setAttribute('aria-controls', part.id);
    part.role = 'tabpanel';
    part.setAttribute('aria-labelledby', tab.id);
    state.className = 'multi-state';
    tab.append(label.textContent, state);
    label.classList.add('vh');
    const mark = () => {
      const full = field.value.trim() !== '';
      tab.classList.toggle('full', full);
      state.lang = document.documentElement.lang;
      state.textContent = full ? set.dataset.filled : set.dataset.missing;
    };
    field.addEventListener('input', mark);
    mark();
    tab.addEventListener('click', () => open(i));
    tab.addEventListener('keydown', e => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      const to = step ? (i + step + parts.length) % parts.length : { Home: 0, End: parts.length - 1 }[e.key];
      if (to === undefined) return;
      e.preventDefault();
      open(to);
      tabs[to].focus();
    });
    list.append(tab);
    return tab;
  });
  const open = n => parts.forEach((part, i) => {
    part.hidden = i !== n;
    tabs[i].setAttribute('aria-selected', i === n);
    tabs[i].tabIndex = i === n ? 0 : -1;
  });
  parts[0].before(list);
  set.classList.add('tabbed');
  const show = id => {
    const n = parts.findIndex(part => part.querySelector('input,textarea').id === id);
    if (n >= 0) open(n);
    return n >= 0;
  };
  const bad = parts.findIndex(part => part.classList.contains('bad'));
  const own = tabs.findIndex(t => t.lang === document.documentElement.lang);
  const full = tabs.findIndex(t => t.matches('.full'));
  open(bad >= 0 ? bad : full < 0 || tabs[own].matches('.full') ? own : full);
  summary?.addEventListener('click', e => {
    const id = e.target.closest('a')?.hash.slice(1);
    if (id && show(decodeURIComponent(id))) document.getElementById(id)?.focus();
  });
}

// What was typed into a form with data-draft stays in this tab until it was sent and taken.
const status = performance.getEntriesByType('navigation')[0]?.responseStatus || 200;
const refused = summary || status >= 400;
try {
  for (const key of Object.keys(sessionStorage)) {
    if (!key.startsWith('sent:')) continue;
    sessionStorage.removeItem(key);
    if (!refused) sessionStorage.removeItem('draft:' + key.slice(5));
  }
  for (const form of all('form[data-draft]')) {
    const key = form.dataset.draft || location.pathname;
    const kept = () => [...form.elements].filter(e => e.name && !['password', 'file', 'hidden', 'submit'].includes(e.type));
    const old = JSON.parse(sessionStorage.getItem('draft:' + key) || '{}');
    if (!summary) for (const e of kept()) {
      const was = old[e.name];
      if (was === undefined) continue;
      if (e.type === 'checkbox' || e.type === 'radio') e.checked = was.includes(e.value);
      else if (e.value === (e.defaultValue ?? e.value)) e.value = was[0];
      e.dispatchEvent(new Event('input', { bubbles: true }));
    }
    form.addEventListener('input', () => {
      const now = {};
      for (const e of kept()) {
        const list = now[e.name] ||= [];
        if (!/^(checkbox|radio)$/.test(e.type) || e.checked) list.push(e.value);
      }
      sessionStorage.setItem('draft:' + key, JSON.stringify(now));
    });
    form.addEventListener('submit', () => sessionStorage.setItem('sent:' + key, '1'));
  }
} catch { /* storage is full or forbidden: the form works as it is */ }

// Questions before an act open in place.
addEventListener('click', e => {
  const link = e.target.closest('[data-dialog]');
  const box = link && document.getElementById(link.dataset.dialog);
  if (box?.showModal) {
    e.preventDefault();
    box.showModal();
  }
  for (const menu of all('.menu[open]')) if (!menu.contains(e.target)) menu.open = false;
});
addEventListener('keydown', e => {
  if (e.key !== 'Escape') return;
  for (const menu of all('.menu[open]')) {
    menu.open = false;
    menu.firstElementChild.focus();
  }
});

// A queue, by the place of keys.
for (const queue of all('[data-queue]')) addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input,textarea,select')) return;
  const items = all('[data-queue-item]', queue), at = items.indexOf(e.target.closest('[data-queue-item]')), why = items[at]?.querySelector('select,[data-key=r]');
  const go = { KeyJ: items[at + 1], KeyK: items[at - 1], KeyR: why }[e.code];
  if (e.code === 'KeyA') items[at]?.querySelector('[data-key=a]')?.click();
  if (!go) return;
  e.preventDefault();
  const fold = go.closest('details');
  if (go === why && fold) fold.open = true;
  if (go === why && !fold) return go.click();
  go.focus();
});

// What only some of those who fill in a form use brings its script when somebody begins to.
for (const part of all('[data-module]')) for (const use of ['focusin', 'pointerover']) {
  part.closest('form').addEventListener(use, () => import(part.dataset.module), { once: true });
}
