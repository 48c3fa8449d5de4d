// A map on which one sees where one is. The position stays in this browser: the district is found among
// the shapes of the map, and nothing is sent or kept.
const say = (map, key, values = {}) => map.dataset[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const lang = document.documentElement.lang;

// distance between two points in degrees, in metres; at the size of a city the earth is flat.
function distance([lat, lon], [lat2, lon2]) {
  const north = (lat2 - lat) * 111195, east = (lon2 - lon) * 111195 * Math.cos(lat * Math.PI / 180);
  return Math.hypot(north, east);
}

function far(map, metres) {
  const whole = n => n.toLocaleString([lang, 'ru'], { maximumFractionDigits: 1 });
  return metres < 950 ? say(map, 'metres', { n: whole(Math.max(50, Math.round(metres / 50) * 50)) }) : say(map, 'kilometres', { n: whole(metres / 1000) });
}

function show(map, state, { latitude, longitude }) {
  const svg = map.querySelector('svg'), [west, north, wide, high] = svg.dataset.frame.split(' ').map(Number);
  const at = svg.createSVGPoint();
  at.x = (longitude - west) * wide;
  at.y = (north - latitude) * high;
  const district = [...svg.querySelectorAll('.district')].find(d => d.isPointInFill(at));
  svg.querySelector('.you')?.remove();
  if (!district) { state.textContent = say(map, 'away'); return; }
  const you = document.createElementNS(svg.namespaceURI, 'circle');
  for (const [name, value] of Object.entries({ class: 'you', cx: at.x, cy: at.y, r: 9 })) you.setAttribute(name, value);
  svg.append(you);
  state.textContent = say(map, 'here', { district: district.dataset.name }) + ' ';
  const link = district.closest('a');
  if (link && !district.classList.contains('chosen')) {
    const go = document.createElement('a');
    go.href = link.getAttribute('href');
    go.textContent = say(map, 'only');
    state.append(go);
  }
  for (const place of document.querySelectorAll('[data-at]')) {
    place.querySelector('.far')?.remove();
    const how = document.createElement('small');
    how.className = 'far';
    how.textContent = ' ' + far(map, distance([latitude, longitude], place.dataset.at.split(' ').map(Number)));
    place.append(how);
  }
}

for (const map of document.querySelectorAll('[data-near]')) {
  if (!navigator.geolocation) continue;
  const ask = document.createElement('button'), state = document.createElement('p');
  ask.type = 'button';
  ask.className = 'button quiet';
  ask.textContent = say(map, 'near');
  state.role = 'status';
  state.textContent = say(map, 'private');
  map.append(ask, state);
  ask.addEventListener('click', () => {
    state.textContent = say(map, 'looking');
    navigator.geolocation.getCurrentPosition(p => show(map, state, p.coords), () => { state.textContent = say(map, 'unknown'); }, { timeout: 20000, maximumAge: 60000 });
  });
}
