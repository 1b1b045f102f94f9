// Who uses the pages, and what every test watches: nothing may be reported by the browser, and no picture is fetched from elsewhere.
import { test as base, expect } from '@playwright/test';

export const ANNA = '158908186768937126';
export const BEN = '353355351799783517';
export const DAVE = '697645025269751825';
export const EMIL = '870591134395772943';
export const FAY = '1141840098770477217';
export const GWEN = '1204205703024488595';
export const LIGHTHOUSE = '272120529715212344';
export const HARBOUR = '973762418583175242';

const DISCORD = process.env.DISCORD_URL;
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');

/** A page that fails its test when the browser reports anything. */
export const test = base.extend({
  page: async ({ page }, use) => {
    const reported = [];
    page.on('console', (message) => {
      const answered = /the server responded with a status of 4|the server responded with a status of 503/.test(message.text());
      if (['error', 'warning'].includes(message.type()) && !answered) reported.push(message.text());
    });
    page.on('pageerror', (error) => reported.push(String(error)));
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
    });
    await page.route(/^https:/, (route) => route.fulfill({ contentType: 'image/png', body: PIXEL }));
    await use(page);
    expect(reported, 'the browser reports nothing').toEqual([]);
  },
});
export { expect };

/** Clicks through Discord as a user, from a page of ours that leads there. */
export async function agree(page, user) {
  await page.locator(`button[value="${user}"]`).click();
}

/** Signs in as a person does whom Discord asks, and lands on `path`. */
export async function signIn(page, user, path = '/') {
  await page.goto(path);
  await page.getByRole('link', { name: 'Use another account' }).click();
  await agree(page, user);
  await expect(page).toHaveURL(path);
}

/** What the page's user could send by hand. */
export async function api(page, method, path, body) {
  return page.evaluate(
    async ([method, path, body]) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const request = { method, headers, body: body === undefined ? undefined : JSON.stringify(body), referrerPolicy: 'same-origin' };
      const response = await fetch(path, request);
      return { status: response.status, body: await response.json().catch(() => null) };
    },
    [method, path, body],
  );
}

/** Asks with an app's token, as a program does. */
export async function asApp(request, token, path) {
  return request.get(path, { headers: { authorization: `Bearer ${token}` } });
}

/** Registers an app by hand; answers it with its token. */
export async function register(page, name, more = {}) {
  const made = await api(page, 'POST', '/apps', { name, ...more });
  expect(made.status).toBe(201);
  return { ...made.body.app, token: made.body.token };
}

/** Sets a switch of the stand-in Discord. */
export async function discord(request, method, path, body) {
  const answer = await request.fetch(`${DISCORD}/__control/${path}`, { method, data: body });
  expect(answer.ok()).toBeTruthy();
}

/** Says yes in the page's own dialog. */
export async function confirm(page, name) {
  await page.getByRole('dialog').getByRole('button', { name }).click();
}
