/**
 * What our pages do when somebody acts. Templates say what in data attributes; this sends it to the API with the cookie, and says
 * what came of it. Texts go in as text, never as HTML.
 * @module
 * @typedef {{ok: boolean, status: number, body: any, wait: number}} Answer what the API said; `wait` in seconds
 */

const toast = document.querySelector('.toast');
let fading = 0;

/**
 * @param {string} tag
 * @param {string} text
 * @param {Record<string, string>} [attributes]
 */
function make(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/**
 * Says something in the live region. What went wrong stays until it is closed.
 * @param {string} text
 * @param {{stays?: boolean, signIn?: boolean}} [how]
 */
function say(text, { stays = false, signIn = false } = {}) {
  clearTimeout(fading);
  const close = make('button', '×', { type: 'button', 'aria-label': 'Close this message' });
  close.addEventListener('click', () => toast.replaceChildren());
  const here = encodeURIComponent(location.pathname + location.search);
  const link = make('a', 'Sign in again', { href: `/oauth2/authorize?return_to=${here}` });
  toast.replaceChildren(make('span', text), ...(signIn ? [link] : []), close);
  if (!stays) fade();
}

/** Takes the message away, once nobody is reading it. */
function fade() {
  fading = setTimeout(() => (toast.matches(':hover, :focus, :focus-within') ? fade() : toast.replaceChildren()), 8000);
}

const KEPT = 'guildpass.message';

/**
 * Leaves the page after something was done. What there is to say survives that, unless the way leads to another site.
 * @param {DOMStringMap} data `done` says it, `changes` names what has changed, `then` is where the way leads; here without it
 */
function leave({ done = 'Done.', changes, then }) {
  const isOurs = !then || new URL(then, location.href).origin === location.origin;
  try {
    if (isOurs) sessionStorage.setItem(KEPT, JSON.stringify({ done, changes }));
  } catch {
    // A browser that keeps nothing shows the new state, without the message.
  }
  if (then) location.assign(then);
  else location.reload();
}

/** Says what the page before this one has done, and puts the focus on what has changed; on the message when that is gone. */
function arrive() {
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null');
    sessionStorage.removeItem(KEPT);
  } catch {
    return;
  }
  if (!kept) return;
  say(kept.done);
  const place = (kept.changes && document.querySelector(kept.changes)) || toast;
  place.tabIndex = -1;
  place.focus();
}

/**
 * Asks a question. Escape says no; what had the focus gets it back.
 * @param {string} question up to its last question mark it is the heading
 * @param {HTMLElement} button whose label says yes
 * @returns {Promise<boolean>}
 */
function ask(question, button) {
  const [, heading, rest] = /^(.*\?)\s*(.*)$/s.exec(question) ?? ['', question, ''];
  const dialog = make('dialog', '', { class: 'ask', 'aria-labelledby': 'ask' });
  const no = make('button', 'Cancel', { type: 'button', autofocus: '' });
  const kind = button.classList.contains('bad') ? 'bad' : 'primary';
  const yes = make('button', button.textContent.trim(), { type: 'button', class: kind });
  const actions = make('p', '', { class: 'actions' });
  actions.append(no, yes);
  dialog.append(make('h2', heading, { id: 'ask' }), ...(rest ? [make('p', rest)] : []), actions);
  no.addEventListener('click', () => dialog.close());
  yes.addEventListener('click', () => dialog.close('yes'));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
  });
}

/**
 * Sends one request to the API.
 * @param {string} action a method and a path
 * @param {unknown} body sent as JSON; `undefined` for nothing
 * @returns {Promise<Answer>}
 */
async function send(action, body) {
  const [method, path] = action.split(' ');
  // With a referrer the browser sends an `Origin`, which the API asks of a cookie that writes.
  const request = { method, referrerPolicy: 'same-origin', redirect: 'error', cache: 'no-store' };
  if (body !== undefined) {
    request.headers = { 'Content-Type': 'application/json' };
    request.body = JSON.stringify(body);
  }
  const response = await fetch(path, request);
  const json = await response.json().catch(() => undefined);
  return { ok: response.ok, status: response.status, body: json, wait: Number(response.headers.get('Retry-After')) };
}

/** @param {Answer} [answer] what it means for a person; none when the network failed */
function explain(answer) {
  if (!answer) return 'The service cannot be reached. Check your connection, then try again.';
  if (answer.status === 401) return 'You are signed out.';
  const message = String(answer.body?.message ?? `That did not work: the service answered ${answer.status}.`);
  if (answer.status !== 429 && answer.status !== 503) return message;
  const what = message.replace(/ ?Try again.*$/s, '').replace(/[^.!?]$/, '$&.');
  const [count, unit] = answer.wait < 100 ? [answer.wait, 'second'] : [Math.ceil(answer.wait / 60), 'minute'];
  return `${what} Try again in ${count ? `${count} ${unit}${count === 1 ? '' : 's'}` : 'a moment'}.`;
}

/**
 * Disables the buttons of an element while its request is under way.
 * @param {HTMLElement} element
 * @returns {() => void} ends that, and gives the focus back
 */
function busy(element) {
  const buttons = element.matches('form') ? [...element.querySelectorAll('button:enabled')] : [element];
  const focused = document.activeElement;
  element.setAttribute('aria-busy', 'true');
  for (const button of buttons) button.disabled = true;
  return () => {
    element.removeAttribute('aria-busy');
    for (const button of buttons) button.disabled = false;
    if (document.activeElement === document.body) focused?.focus();
  };
}

/** @param {HTMLInputElement} control whether it has a part in the body */
function counts({ name, type, value, checked, dataset, disabled }) {
  const isSilent = !name || disabled || 'skip' in dataset || /^(button|submit|output)$/.test(type);
  const isOff = (type === 'radio' && !checked) || (dataset.preset && value === 'custom');
  return !isSilent && !isOff && !(value === '' && 'optional' in dataset);
}

/** @param {HTMLInputElement} control what it says, as JSON has it */
function valueOf({ type, value, checked, dataset }) {
  if (type === 'checkbox' && !('list' in dataset)) return checked;
  if (value === '' && 'null' in dataset) return null;
  if (type === 'number' || ('number' in dataset && /^\d+$/.test(value))) return Math.round(Number(value) * Number(dataset.times ?? 1));
  return value;
}

/** @param {HTMLInputElement} control the field that it sets: an option can be for another one than its select */
function nameOf({ name, selectedOptions }) {
  return selectedOptions?.[0]?.dataset.name ?? name;
}

/** @param {HTMLFormElement} form the body that it sends */
function bodyOf(form) {
  const body = JSON.parse(form.dataset.body ?? '{}');
  for (const control of [...form.elements].filter(counts)) {
    const { type, checked, dataset } = control;
    const name = nameOf(control);
    if (!('list' in dataset)) body[name] = valueOf(control);
    else body[name] = [...(body[name] ?? []), ...(type !== 'checkbox' || checked ? [valueOf(control)] : [])];
  }
  return body;
}

/**
 * Marks the control that a refusal is about, and calls it by its label.
 * @param {HTMLFormElement} form
 * @param {string} field
 * @param {string} text
 */
function pointAt(form, field, text) {
  const [name] = field.split(/[.[]/);
  const control = [...form.elements].filter(counts).find((each) => nameOf(each) === name && each.type !== 'hidden');
  if (!control) return text;
  control.setAttribute('aria-invalid', 'true');
  control.focus();
  const isOneOfMany = 'list' in control.dataset || control.type === 'radio';
  const label = isOneOfMany ? control.closest('fieldset')?.querySelector('legend') : control.labels[0];
  return text.replace(/^`[^`]+`/, label?.textContent.trim() ?? name);
}

/**
 * Says why it did not work: in the form if there is one, else in the live region.
 * @param {HTMLElement} element
 * @param {Answer} [answer]
 */
function refuse(element, answer) {
  const signIn = answer?.status === 401 || answer?.body?.code === 'MissingScope';
  const [alert, field] = [element.querySelector('[role=alert]'), answer?.body?.field];
  const text = (alert && field ? pointAt(element, field, explain(answer)) : explain(answer)).replaceAll('`', '');
  if (alert && !signIn) alert.textContent = text;
  else say(text, { stays: true, signIn });
}

/**
 * Shows a token in its place, ready to be copied.
 * @param {string} selector
 * @param {string} token
 */
function show(selector, token) {
  const place = document.querySelector(selector);
  const button = make('button', 'Copy', { type: 'button', 'data-copy': selector });
  if (!place.querySelector('code')) place.replaceChildren(make('code', ''), button);
  place.querySelector('code').textContent = token;
  for (let at = place; at; at = at.closest('[hidden]')) at.hidden = false;
  place.scrollIntoView({ block: 'center' });
  place.querySelector('button')?.focus({ preventScroll: true });
}

/**
 * Does what an element is for: asks, sends, and says what came of it.
 * @param {HTMLElement} element a form, or a button
 * @param {HTMLElement} button whose label says yes to the questions
 */
async function act(element, button) {
  const { action, confirm, confirmAgain, body, done, show: place } = element.dataset;
  if (element.hasAttribute('aria-busy')) return;
  if (confirm && !(await ask(confirm, button))) return;
  if (confirmAgain && !(await ask(confirmAgain, button))) return;
  const isForm = element.matches('form');
  const json = isForm ? bodyOf(element) : body && JSON.parse(body);
  for (const alert of element.querySelectorAll('[role=alert]')) alert.textContent = '';
  for (const control of element.querySelectorAll('[aria-invalid]')) control.removeAttribute('aria-invalid');
  const release = busy(element);
  const answer = await send(action, json).catch(() => undefined);
  const token = place && answer?.ok && answer.body?.token;
  // Until the next page is there, nothing can be pressed.
  if (answer?.ok && !token) return leave(element.dataset);
  release();
  if (!answer?.ok) return refuse(element, answer);
  if (token && isForm) element.reset();
  if (token) show(place, token);
  say(done);
}

/**
 * Copies the text of an element.
 * @param {string} selector
 */
async function copy(selector) {
  const place = document.querySelector(selector);
  const element = place.querySelector('code') ?? place;
  const text = element.value ?? element.textContent;
  if (!text) return say('There is nothing to copy yet.');
  try {
    await navigator.clipboard.writeText(text);
    say('Copied.');
  } catch {
    getSelection()?.selectAllChildren(element);
    say('Not copied: this browser does not allow it. Copy the marked text yourself.', { stays: true });
  }
}

/**
 * Shows or hides something; what is hidden has no part in its form.
 * @param {Element} element
 * @param {boolean} isShown
 */
function reveal(element, isShown) {
  element.hidden = !isShown;
  for (const control of element.querySelectorAll('input, select, textarea')) control.disabled = !isShown;
}

/**
 * Builds the authorization link that a form describes.
 * @param {HTMLFormElement} form
 */
function link(form) {
  const { link: base, app, many } = form.dataset;
  const type = new FormData(form).get('type');
  const boxes = form.querySelectorAll(`[data-type="${type}"] :checked`);
  const ticked = [...boxes].map((box) => encodeURIComponent(box.value));
  const url = `${base}?app_id=${app}&type=${type}&permissions=${ticked}`;
  for (const place of form.querySelectorAll('output')) place.value = ticked.length ? url : '';
  for (const button of form.querySelectorAll('[data-copy]')) button.disabled = !ticked.length;
  for (const warning of form.querySelectorAll('[data-warning]')) warning.hidden = ticked.length <= Number(many);
}

/** @param {string} text without accents and case, as people type it */
const plain = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/**
 * Hides the entries of a list that lack a word of what was typed. What is chosen stays in sight.
 * @param {HTMLInputElement} input
 */
function filter(input) {
  const words = plain(input.value).split(/\s+/).filter(Boolean);
  const entries = [...document.querySelector(input.dataset.filter).children];
  const found = entries.filter((entry) => words.every((word) => plain(entry.textContent).includes(word)));
  for (const entry of entries) entry.hidden = !found.includes(entry) && !entry.querySelector(':checked');
  const count = words.length ? `${found.length || 'None'} of ${entries.length}` : '';
  input.closest('.filter').querySelector('[aria-live]').textContent = count;
}

/** Brings what depends on controls in line with them. */
function settle() {
  for (const select of document.querySelectorAll('select[data-preset]')) {
    reveal(document.querySelector(select.dataset.preset), select.value === 'custom');
  }
  for (const form of document.querySelectorAll('form[data-link]')) link(form);
  for (const input of document.querySelectorAll('[data-filter]')) filter(input);
}

/**
 * Puts a letter where a logo cannot be loaded.
 * @param {Element} image
 */
function letter(image) {
  if (!image.dataset?.letter) return;
  image.replaceWith(make('span', image.dataset.letter, { class: `${image.className} letter`, 'aria-hidden': 'true' }));
}

document.addEventListener('click', ({ target }) => {
  const button = target.closest('button');
  if (button?.dataset.action) act(button, button);
  if (button?.dataset.copy) copy(button.dataset.copy);
});
document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event;
  if (form.dataset.action || 'link' in form.dataset) event.preventDefault();
  if (form.dataset.action) act(form, submitter ?? form);
});
document.addEventListener('input', settle);
document.addEventListener('keydown', (event) => {
  // Enter in a filter would send the form that it stands in.
  if (event.key === 'Enter' && event.target.dataset.filter) event.preventDefault();
  if (event.key === 'Escape' && toast.contains(event.target)) toast.replaceChildren();
});
document.addEventListener('reset', () => setTimeout(settle));
document.addEventListener('error', ({ target }) => letter(target), true);
// A page that the browser kept may show what has gone since.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());

for (const each of document.querySelectorAll('.filter')) each.hidden = false;
settle();
arrive();
for (const image of [...document.images]) if (image.complete && !image.naturalWidth) letter(image);
