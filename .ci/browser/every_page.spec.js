// What holds for every page: no barrier that axe-core finds, small, readable without a script, usable by keyboard, in no frame.
import { createServer } from 'node:http';

import AxeBuilder from '@axe-core/playwright';

import { ANNA, LIGHTHOUSE, agree, api, expect, register, signIn, test } from './people.js';

/** Every page, with what it is called. */
async function pages(page) {
  await signIn(page, ANNA);
  for (const app of (await api(page, 'GET', '/apps')).body.apps) await api(page, 'DELETE', `/apps/${app.id}`);
  const app = await register(page, 'Case reporter', { logo_url: 'https://cdn.example.com/logo.png' });
  await register(page, 'A <b>bold</b> name that is as long as any name may be: 64 chars', { private: true });
  const granted = await api(page, 'PUT', `/apps/${app.id}/guilds/${LIGHTHOUSE}`, { permissions: ['VIEW_CASES', 'MANAGE_CASES'], expiry: 86400 });
  expect([200, 201]).toContain(granted.status);
  await api(page, 'PUT', `/apps/${app.id}/users/@me`, { permissions: ['READ_PROFILE'] });
  await api(page, 'POST', '/sessions', { name: 'Nightly "backup" <script>', type: 'api', expiry: 86400 });
  const authorize = `/authorize?app_id=${app.id}&permissions=`;
  return {
    account: '/',
    sessions: '/sessions/manage',
    portal: '/portal',
    link: `/portal/${app.id}/link`,
    picker: `${authorize}VIEW_CASES&type=guild`,
    authorize: `${authorize}VIEW_CASES,VIEW_SETTINGS&type=guild&guild_id=${LIGHTHOUSE}`,
    optional: `${authorize}VIEW_CASES,VIEW_SETTINGS&optional=VIEW_SETTINGS&type=guild&guild_id=${LIGHTHOUSE}&redirect_uri=${encodeURIComponent('http://localhost:3000/callback')}`,
    authorized: `${authorize}VIEW_CASES&type=guild&guild_id=${LIGHTHOUSE}&done=true`,
    'authorize-me': `${authorize}READ_PROFILE,MANAGE_REMINDERS&type=user`,
    guild: `/guilds/${LIGHTHOUSE}/manage`,
    docs: '/docs',
    problem: '/portal/00000000-0000-7000-8000-000000000000/link',
  };
}

test('axe finds no barrier, and nothing is wider than the screen', async ({ page }) => {
  const all = await pages(page);
  for (const [name, path] of [...Object.entries(all), ['signed-out', '/']]) {
    if (name === 'signed-out') await page.context().clearCookies();
    await page.goto(path);
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
    expect(violations.map(({ id, nodes }) => `${name}: ${id} ${nodes.map(({ html }) => html)}`)).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
  }
});

test('pictures for the documents', async ({ page }, { project }) => {
  test.skip(!process.env.SCREENSHOTS, 'SCREENSHOTS=<folder> takes them');
  const all = await pages(page);
  for (const name of ['account', 'sessions', 'portal', 'link', 'picker', 'authorize', 'authorized', 'optional', 'guild', 'docs', 'problem']) {
    await page.goto(all[name]);
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${project.name.replace(' ', '-')}.png` });
  }
});

test('a page is below 50 KB, its first view below 100 KB, its assets are kept', async ({ page }) => {
  for (const [name, path] of Object.entries(await pages(page))) {
    const sizes = [];
    const note = async (response) => {
      if (response.url().startsWith('http:')) sizes.push({ url: response.url(), size: (await response.body()).length, headers: response.headers() });
    };
    page.on('response', note);
    await page.goto(path, { waitUntil: 'networkidle' });
    page.off('response', note);
    // In the order in which they have come whole: an asset can be before the page.
    const isPage = ({ url }) => url === page.url();
    const [html, assets] = [sizes.find(isPage), sizes.filter((one) => !isPage(one))];
    expect(html.size, name).toBeLessThan(50_000);
    expect(sizes.reduce((sum, { size }) => sum + size, 0), name).toBeLessThan(100_000);
    expect(html.headers['cache-control']).toBe('no-store');
    for (const asset of assets) expect(asset.headers['cache-control'], asset.url).toContain('immutable');
  }
});

test('a page can be read without a script', async ({ page, browser, baseURL }) => {
  const all = await pages(page);
  const context = await browser.newContext({ baseURL, javaScriptEnabled: false, storageState: await page.context().storageState() });
  const plain = await context.newPage();
  await plain.route(/^https:/, (route) => route.abort());
  for (const [name, path] of Object.entries(all)) {
    await plain.goto(path);
    await expect(plain.getByRole('heading', { level: 1 }), name).toBeVisible();
  }
  await plain.goto(all.portal);
  await expect(plain.getByRole('heading', { name: 'A <b>bold</b> name' })).toBeVisible();
  await plain.goto(all.picker);
  await plain.getByRole('radio', { name: 'Lighthouse' }).check();
  await plain.getByRole('button', { name: 'Continue' }).click();
  await expect(plain.getByText('on Lighthouse', { exact: false }).first()).toBeVisible();
  await context.close();
});

test('the keyboard reaches the content first, then every control', async ({ page }) => {
  await signIn(page, ANNA);
  await page.goto('/');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#main')).toBeFocused();
  const out = page.getByRole('button', { name: 'Sign out everywhere' });
  for (let presses = 0; presses < 40 && !(await out.evaluate((button) => button === document.activeElement)); presses += 1) await page.keyboard.press('Tab');
  await expect(out).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(out).toBeFocused();
});

test('no page stands in a frame, and no other site writes with the cookie', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL });
  const page = await context.newPage();
  await page.goto('/oauth2/authorize');
  await agree(page, ANNA);
  const evil = createServer((_, response) => response.setHeader('content-type', 'text/html').end(`<iframe src="${baseURL}/portal"></iframe>`));
  await new Promise((listening) => evil.listen(0, '127.0.0.1', listening));
  await page.goto(`http://127.0.0.1:${evil.address().port}/`);
  await expect.poll(() => page.frames().at(-1).url()).toContain('chrome-error:');
  const sent = await page.evaluate(
    (url) => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', headers: { 'content-type': 'text/plain' }, body: '{"name":"x"}' }).then((response) => response.type, () => 'kept'),
    `${baseURL}/apps`,
  );
  expect(sent, 'not even an opaque answer: Cross-Origin-Resource-Policy').toBe('kept');
  await page.goto('/portal');
  expect((await api(page, 'GET', '/apps')).body.apps.filter(({ name }) => name === 'x')).toEqual([]);
  await context.close();
  evil.close();
});
