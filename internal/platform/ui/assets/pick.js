// A picker on which the pin moves at once: a tap sets it and opens the district, dragging or the arrow keys make it exact, and the
// district is named beside it. Without this each click sends the form. Nothing is sent here but for the next picture.
const say = (picker, key, values = {}) => picker.dataset[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

// point reads a field as it is typed or filled in here: latitude, longitude.
function point(text) {
  const numbers = text.match(/^\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*$/);
  return numbers && numbers.slice(1).map(Number);
}

// away is how far a spot of the picture is from a shape, in pixels.
function away(shape, spot) {
  const length = shape.getTotalLength(), steps = 200;
  let least = Infinity;
  for (let i = 0; i < steps; i++) {
    const on = shape.getPointAtLength(length * i / steps);
    least = Math.min(least, Math.hypot(on.x - spot.x, on.y - spot.y));
  }
  return least;
}

// ask sends the form with a button of the picker, as the browser would, and takes the picker, the address and the district out of the page that comes
// back, so that nobody loses the place where they were reading, nor what they typed or chose while it asked. What cannot be read is left to the browser.
async function ask(place, button) {
  const form = button.form, sent = new URLSearchParams(new FormData(form, button)), name = place.dataset.address;
  place.setAttribute('aria-busy', true);
  const answer = await fetch(form.action, { method: 'POST', body: sent }).catch(() => null);
  const next = answer?.ok && new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(place.id);
  if (!next) {
    place.removeAttribute('aria-busy');
    button.dataset.plain = true;
    form.requestSubmit(button);
    return;
  }
  const then = next.closest('form'), since = field => sent.has(field.name) && sent.get(field.name) !== field.value;
  for (const field of [...form.elements].filter(e => name && (e.name === name || e.name.startsWith(name + '.') || e.name === 'district'))) {
    const told = then.elements[field.name];
    if (told && told.value !== field.value && !since(field)) field.value = told.value;
  }
  for (const field of [...form.elements].filter(e => place.contains(e) && since(e))) then.elements[field.name].value = field.value;
  const at = document.activeElement, typing = place.contains(at) && since(at) && [at.name, at.selectionStart];
  const free = at === document.body || place.contains(at);
  place.replaceWith(next);
  begin(next);
  if (typing) {
    const field = form.elements[typing[0]];
    field.focus();
    field.setSelectionRange(typing[1], typing[1]);
  }
  const fold = next.querySelector('details');
  if (fold && next.querySelector('.found')) fold.open = true;
  if (free && !typing) next.querySelector('.found')?.focus();
}

function prepare(picker, first) {
  const form = first.form, field = form.elements[picker.dataset.field];
  const shown = form.elements[picker.dataset.field + '_district'], whole = form.elements[picker.dataset.field + '_whole'];
  const names = JSON.parse(picker.dataset.names), told = picker.nextElementSibling; // by the server, when a click was sent to it
  const state = told?.matches('[role=status]') ? told : document.createElement('p');
  state.role = 'status';
  state.id = field.name + '_state';
  state.textContent = say(picker, 'drag');
  picker.after(state);
  let svg, dragged = false;

  const frame = () => svg.dataset.frame.split(' ').map(Number);
  const spotOf = event => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  const districtAt = spot => {
    const shapes = [...svg.querySelectorAll('[data-district]')].filter(shape => names[shape.dataset.district]);
    const at = svg.createSVGPoint();
    [at.x, at.y] = [spot.x, spot.y];
    const inside = shapes.find(shape => shape.isPointInFill(at));
    const nearest = inside ?? shapes.map(shape => [away(shape, spot), shape]).sort((a, b) => a[0] - b[0])[0]?.[1];
    if (nearest) state.textContent = say(picker, inside ? 'in' : 'near', { district: names[nearest.dataset.district] });
    return inside?.dataset.district;
  };
  const pin = spot => {
    const circle = svg.querySelector('circle') ?? svg.appendChild(document.createElementNS(svg.namespaceURI, 'circle'));
    for (const [name, value] of Object.entries({ cx: spot.x, cy: spot.y, r: 12 })) circle.setAttribute(name, value);
  };
  // put moves the pin to a spot, as far as it lies in the picture, and writes it into the field.
  const put = ({ x, y }) => {
    const [west, north, wide, high] = frame(), { width, height } = svg.viewBox.baseVal;
    const spot = { x: Math.min(Math.max(x, 0), width), y: Math.min(Math.max(y, 0), height) };
    field.value = (north - spot.y / high).toFixed(6) + ', ' + (west + spot.x / wide).toFixed(6);
    pin(spot);
    return districtAt(spot);
  };
  const follow = () => {
    const at = point(field.value), [west, north, wide, high] = frame();
    if (!at) return;
    const spot = { x: (at[1] - west) * wide, y: (north - at[0]) * high };
    pin(spot);
    districtAt(spot);
  };
  const open = async district => {
    const answer = await fetch('/places/picture.svg' + (district ? '?district=' + encodeURIComponent(district) : ''));
    if (!answer.ok) return;
    const next = document.importNode(new DOMParser().parseFromString(await answer.text(), 'image/svg+xml').documentElement, true);
    next.classList.add('pick');
    next.setAttribute('role', 'application'); // so that screen readers leave the arrow keys to it
    next.setAttribute('aria-label', first.alt);
    next.setAttribute('aria-describedby', state.id);
    next.setAttribute('tabindex', 0);
    const focused = document.activeElement === svg;
    (svg ?? first).replaceWith(next);
    svg = next;
    if (focused) svg.focus();
    shown.value = district;
    whole.parentElement.hidden = !district;
    follow();
    svg.addEventListener('pointerdown', event => {
      dragged = event.target.tagName === 'circle';
      if (dragged) svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener('pointermove', event => { if (dragged && event.buttons) put(spotOf(event)); });
    svg.addEventListener('keydown', event => {
      const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.code] ?? [0, 0];
      const circle = svg.querySelector('circle'), { width, height } = svg.viewBox.baseVal;
      const at = circle ? { x: circle.cx.baseVal.value, y: circle.cy.baseVal.value } : { x: width / 2, y: height / 2 };
      const step = event.shiftKey ? 1 : 10;
      if (right || down) put(circle ? { x: at.x + right * step, y: at.y + down * step } : at); // the first key sets the pin in the middle
      else if (event.code === 'Enter' && circle && shown.value === '') open(districtAt(at) ?? '');
      else return;
      event.preventDefault();
    });
    svg.addEventListener('click', event => {
      const inside = dragged ? undefined : put(spotOf(event));
      dragged = false;
      if (inside && shown.value === '') open(inside);
    });
  };
  field.addEventListener('input', follow);
  whole.addEventListener('click', event => { event.preventDefault(); open(''); });
  open(shown.value);
}

// begin makes a picker ready, as the page brought it or as it came back.
function begin(place) {
  const picker = place.querySelector('.picker'), first = picker?.querySelector('input[type=image]');
  const fold = picker?.closest('details:not([open])'), ready = () => prepare(picker, first); // its picture is fetched when somebody looks
  if (first) fold ? fold.addEventListener('toggle', ready, { once: true }) : ready();
  place.addEventListener('click', event => {
    const button = event.target.closest('button[name$=_find], button[name$=_chosen]');
    if (!button || button.dataset.plain || button.form.enctype !== 'application/x-www-form-urlencoded') return;
    event.preventDefault();
    ask(place, button);
  });
  place.addEventListener('keydown', event => { // Enter in the field looks for what stands there, instead of sending a form that is not ready
    if (event.code !== 'Enter' || event.target.type !== 'text' || point(event.target.value)) return;
    event.preventDefault();
    place.querySelector('button[name$=_find]').click();
  });
  place.dataset.ready = true;
}

document.querySelectorAll('.place').forEach(begin);
