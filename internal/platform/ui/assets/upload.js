// Forms that send files: they may be dropped, several go one after the other, each with its own
// words, and one sees how far it is. Without this the form sends one file.
const say = (form, key, values = {}) => form.dataset[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

function prepare(form, waiting = []) {
  const file = form.querySelector('input[type=file]');
  const alone = form.querySelectorAll('input[type=file]').length === 1;
  const state = document.createElement('p');
  const bar = document.createElement('progress');
  state.role = 'status';
  bar.hidden = true;
  bar.max = 1;
  form.querySelector('.actions').before(bar, state);
  file.multiple = alone;
  if (alone) state.textContent = say(form, 'drop');

  const load = files => {
    const one = new DataTransfer();
    if (files[0]) one.items.add(files[0]);
    file.files = one.files;
    waiting = files.slice(1);
    state.textContent = waiting.length ? say(form, 'waiting', { name: files[0].name, count: waiting.length }) : '';
  };
  file.addEventListener('change', () => { if (file.files.length > 1) load([...file.files]); });
  const zone = file.closest('.field');
  zone.classList.add('drop');
  for (const on of ['dragenter', 'dragover']) zone.addEventListener(on, e => { e.preventDefault(); zone.classList.add('over'); });
  for (const on of ['dragleave', 'drop']) zone.addEventListener(on, () => zone.classList.remove('over'));
  zone.addEventListener('drop', e => { e.preventDefault(); load([...e.dataTransfer.files].slice(0, alone ? 50 : 1)); });
  if (waiting.length) load(waiting);

  form.addEventListener('submit', e => {
    e.preventDefault();
    const rest = waiting, send = new XMLHttpRequest();
    send.open('POST', form.action);
    send.responseType = 'document';
    send.upload.onprogress = p => {
      bar.hidden = false;
      bar.value = p.loaded / p.total;
      state.textContent = p.loaded < p.total ? say(form, 'sending', { percent: Math.round(100 * bar.value) }) : say(form, 'taking');
    };
    send.onerror = () => { bar.hidden = true; state.textContent = say(form, 'failed'); };
    send.onload = () => {
      const main = send.response?.querySelector('main'), next = main?.querySelector('form[data-upload]');
      if (!main || send.responseURL.indexOf(location.origin)) return send.onerror();
      document.querySelector('main').replaceWith(main);
      document.title = send.response.title;
      const summary = main.querySelector('.error-summary');
      const field = main.querySelector('input[type=file]');
      if (next) prepare(next, summary ? [...file.files, ...rest] : rest);
      const first = summary ?? (rest.length ? field : main.querySelector('h1')) ?? main;
      if (first !== field) first.tabIndex = -1;
      first?.focus();
    };
    send.send(new FormData(form));
  });
}

for (const form of document.querySelectorAll('form[data-upload]')) prepare(form);
