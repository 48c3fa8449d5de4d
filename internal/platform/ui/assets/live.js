// Forms that are filled in while something goes on, on whatever line there is: what was typed stays in the browser until the
// server has taken it, and is sent again by itself when the line is back. Without this they are forms like all others.
const keep = {
  of: form => 'live:' + form.action,
  fields: form => [...form.elements].filter(e => e.name && !['password', 'file', 'hidden', 'submit'].includes(e.type)),
};

function restore(form) {
  const kept = JSON.parse(localStorage.getItem(keep.of(form)) || 'null');
  if (!kept || !keep.fields(form).length || document.querySelector('.error-summary')) return false;
  for (const e of keep.fields(form)) {
    const was = kept[e.name];
    if (!was) continue;
    if (/^(checkbox|radio)$/.test(e.type)) e.checked = was.includes(e.value);
    else e.value = was[0];
    e.dispatchEvent(new Event('input', { bubbles: true }));
  }
  return true;
}

function save(form) {
  const now = {}, fields = keep.fields(form);
  if (!fields.length) return; // the page that asks whether to go on: what was typed is hidden there, and kept already
  for (const e of fields) {
    const list = now[e.name] ||= [];
    if (!/^(checkbox|radio)$/.test(e.type) || e.checked) list.push(e.value);
  }
  localStorage.setItem(keep.of(form), JSON.stringify(now));
}

function prepare(form) {
  const state = document.createElement('p');
  state.role = 'status';
  form.querySelector('.actions, button[type=submit], button:not([type])').before(state);
  const say = key => { state.textContent = key && form.dataset[key]; };
  if (restore(form)) say('kept');
  form.addEventListener('input', () => save(form));

  let again;
  const send = async () => {
    clearTimeout(again);
    say('sending');
    try {
      const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), redirect: 'manual', signal: AbortSignal.timeout(20_000) });
      const taken = answer.type === 'opaqueredirect';
      if (taken || answer.status === 409) { // 409: an answer that was lost told that it was taken, or another was faster
        localStorage.removeItem(keep.of(form));
        location.assign(form.dataset.live);
      } else if (answer.status >= 500) throw new Error();
      else form.submit(); // refused, or asked whether to go on: the page says so
    } catch {
      say('waits');
      again = setTimeout(send, 5_000);
    }
  };
  form.addEventListener('submit', e => {
    if (e.submitter?.name) return; // leads back to what was typed
    e.preventDefault();
    save(form);
    send();
  });
  addEventListener('online', () => { if (state.textContent === form.dataset.waits) send(); });
}

// Keys are told by where they are, for the digits of a Kazakh keyboard are letters. In a list of members a digit
// chooses and goes on; up and down go from field to field; Ctrl+Enter sends.
function keys(form) {
  const list = () => [...form.querySelectorAll('select[name^="choice."], input[name=present]')];
  form.addEventListener('keydown', e => {
    if (e.code === 'Enter' && e.ctrlKey) return form.requestSubmit();
    const all = list(), here = all.indexOf(e.target);
    if (here < 0 || e.ctrlKey || e.altKey || e.metaKey) return;
    const to = { ArrowDown: here + 1, ArrowUp: here - 1 }[e.code];
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(e.code);
    if (to !== undefined) {
      e.preventDefault();
      all[to]?.focus();
    } else if (digit && e.target.options?.[digit[1]]) {
      e.preventDefault();
      e.target.selectedIndex = digit[1];
      e.target.dispatchEvent(new Event('input', { bubbles: true }));
      all[here + 1]?.focus();
    }
  });
}

for (const form of document.querySelectorAll('form[data-live]')) {
  try {
    prepare(form);
    keys(form);
  } catch { /* storage is forbidden: the form works as it is */ }
}
