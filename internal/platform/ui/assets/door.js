// The page of whoever stands at a door. The list of tickets is loaded while there is a line and kept in the browser; a code is checked here, with a line or
// without, and what was read is sent when there is one. Without this page's script a typed code is checked by the server.
const door = document.getElementById('door');
const $ = id => document.getElementById(id);
const key = name => name + ':' + door.dataset.list;
const kept = name => JSON.parse(localStorage.getItem(key(name)) || 'null');
const keep = (name, value) => localStorage.setItem(key(name), JSON.stringify(value));

let list = kept('list');
let queue = kept('queue') || [];
const mine = new Map((kept('read') || []));
const device = localStorage.getItem('door-device') || crypto.randomUUID();
localStorage.setItem('door-device', device);

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
function bytes(text) {
  let bits = 0, value = 0;
  const out = [];
  for (const letter of text) {
    const at = alphabet.indexOf(letter);
    if (at < 0) return null;
    value = (value << 5) | at;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push((value >> bits) & 255);
      value &= (1 << bits) - 1;
    }
  }
  return new Uint8Array(out);
}

const plain = text => text.toUpperCase().replace(/[\s–-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
const unhex = text => new Uint8Array(text.match(/../g).map(pair => parseInt(pair, 16)));

// signed reads a QR code: "" when no key of the city signed it. Browsers that cannot check signatures go by the list.
async function signed(text) {
  const raw = bytes(text.slice(7));
  if (!raw || raw.length !== 85 || raw[0] !== 1) return {};
  const view = new DataView(raw.buffer);
  const at = list.keys[view.getUint16(1)];
  if (!at) return {};
  try {
    const publicKey = await crypto.subtle.importKey('raw', unhex(at), { name: 'Ed25519' }, false, ['verify']);
    if (!await crypto.subtle.verify({ name: 'Ed25519' }, publicKey, raw.slice(21), raw.slice(0, 21))) return {};
  } catch (e) {
    if (e.name !== 'NotSupportedError') return {};
  }
  return { offering: view.getUint32(3), code: text.slice(7) && encode(raw.slice(7, 12)) };
}

function encode(raw) {
  let bits = 0, value = 0, out = '';
  for (const byte of raw) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += alphabet[(value >> bits) & 31];
      value &= (1 << bits) - 1;
    }
  }
  return out;
}

// check names one reason, the first that applies, in the order of the server.
async function check(text, now) {
  let code = plain(text);
  if (text.startsWith('BIRGE1:')) {
    const read = await signed(text);
    if (!read.code) return { result: 'unknown' };
    if (read.offering !== list.offering) return { result: 'other_event' };
    code = read.code;
  }
  const ticket = list.tickets.find(t => t.code === code);
  if (!ticket) return { result: 'unknown' };
  if (list.cancelled || ticket.revoked && ticket.revoked <= now) return { result: 'cancelled', ticket };
  if (now < list.opens) return { result: 'not_yet', ticket };
  if (now > list.ends) return { result: 'over', ticket };
  const before = mine.get(code) || ticket.entered;
  return { result: before ? 'used' : 'valid', ticket, before };
}

function counts(c) {
  $('door-counts').textContent = door.dataset.came.replace('%e', c.Entered).replace('%t', c.Tickets).replace('%d', c.Doubles);
}

function line() {
  $('door-line').textContent = (navigator.onLine ? door.dataset.online : door.dataset.offline) + (queue.length ? ' ' + door.dataset.waiting + ' ' + queue.length : '');
}

async function read(text) {
  if (!list) return;
  const now = Date.now(), found = await check(text, now);
  const words = [door.getAttribute('data-' + found.result), found.ticket?.name];
  if (found.before) words.push(new Date(found.before).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
  $('door-result').textContent = words.filter(Boolean).join(' · ');
  $('door-result').dataset.result = found.result;
  if (found.result === 'valid') {
    mine.set(found.ticket.code, now);
    keep('read', [...mine]);
  }
  queue.push({ device, nonce: crypto.randomUUID(), read: text, said: found.result, at: now });
  keep('queue', queue);
  line();
  send();
}

// send sends what was read, until nothing is left or the line breaks. Who asks for it meanwhile has it tried once more: a line that comes back finds the last try still failing.
let sending = false, again = false, sends = 0;
async function send() {
  if (sending) {
    again = true;
    return;
  }
  sending = true;
  do {
    again = false;
    try {
      while (queue.length) {
        const some = queue.slice(0, 200);
        const answer = await fetch(door.dataset.send, { method: 'POST', body: new URLSearchParams({ scans: JSON.stringify(some) }), signal: AbortSignal.timeout(20_000) });
        if (!answer.ok) throw new Error(answer.status);
        const told = await answer.json();
        queue = queue.slice(some.length);
        keep('queue', queue);
        sends++;
        counts(told.counts);
      }
    } catch { /* it is sent again */ }
  } while (again && queue.length && navigator.onLine);
  sending = false;
  line();
}

// load fetches the list anew. Its counts are older than those of what was sent meanwhile.
async function load() {
  const before = sends;
  try {
    const answer = await fetch(door.dataset.list, { signal: AbortSignal.timeout(20_000) });
    if (!answer.ok) throw new Error(answer.status);
    list = await answer.json();
    keep('list', list);
    if (sends === before) counts(list.counts);
  } catch { /* the list of before serves */ }
  line();
}

$('door-form').addEventListener('submit', e => {
  if (!list) return;
  e.preventDefault();
  const field = e.target.elements.code;
  read(field.value.trim());
  field.value = '';
  field.focus();
});

// detectorOf is the browser's own reader of codes or, where it has none (iPhone, Firefox), one in a script, which is loaded with the page: there may be no net later.
async function detectorOf() {
  const own = 'BarcodeDetector' in window && (await BarcodeDetector.getSupportedFormats().catch(() => [])).includes('qr_code');
  const { BarcodeDetector: Detector } = own ? window : await import(door.dataset.reader);
  return new Detector({ formats: ['qr_code'] });
}

async function camera() {
  const detector = await detectorOf();
  $('door-start').hidden = false;
  $('door-start').addEventListener('click', async () => {
    const video = $('door-camera');
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch {
      $('door-result').textContent = door.dataset.refused;
      return;
    }
    video.hidden = false;
    $('door-start').hidden = true;
    await video.play();
    let last = '', at = 0, busy = false;
    setInterval(async () => {
      if (busy) return;
      busy = true;
      const [code] = await detector.detect(video).catch(() => []);
      busy = false;
      if (!code || code.rawValue === last && Date.now() - at < 3_000) return;
      last = code.rawValue;
      at = Date.now();
      read(code.rawValue);
    }, 250);
  });
}
if (navigator.mediaDevices) camera().catch(() => { /* codes are typed */ });

addEventListener('online', () => { load(); send(); });
addEventListener('offline', line);
setInterval(() => { send(); load(); }, 30_000);
load();
send();
