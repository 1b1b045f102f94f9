// Signing in and out, and what happens when that fails.
import { ANNA, BEN, FAY, agree, api, confirm, discord, expect, signIn, test } from './people.js';

test('a person signs in, sees who they are, and signs out', async ({ page, context }) => {
  await signIn(page, ANNA);
  await expect(page.getByRole('heading', { name: 'Anna', exact: true })).toBeVisible();
  await expect(page.getByText(ANNA)).toBeVisible();
  const cookies = (await context.cookies()).filter(({ name }) => name.startsWith('guildpass'));
  expect(cookies.map(({ name }) => name.replace(/sign-in-.{8}$/, 'sign-in-id')).sort()).toEqual(['guildpass', 'guildpass-returning', 'guildpass-sign-in-id']);
  // Over http on this machine alone; what is deployed is `__Host-` and secure, which tests/events.rs holds.
  for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, secure: false, sameSite: 'Lax', path: '/' });
  expect(await page.evaluate(() => document.cookie)).toBe('');

  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByRole('link', { name: 'Sign in with Discord' })).toBeVisible();
  expect((await api(page, 'GET', '/sessions/@me')).status).toBe(401);
});

test('whoever has to sign in first comes back to the same page', async ({ page }) => {
  await signIn(page, ANNA, '/portal');
  await expect(page.getByRole('heading', { level: 1, name: 'Your apps' })).toBeVisible();
});

test('a session that was planted before signing in is replaced', async ({ page, context, baseURL }) => {
  await context.addCookies([{ name: 'guildpass', value: 'gpl_planted', url: baseURL }]);
  await page.goto('/');
  await page.getByRole('link', { name: 'Sign in with Discord' }).click();
  await agree(page, ANNA);
  const [cookie] = (await context.cookies()).filter(({ name }) => name === 'guildpass');
  expect(cookie.value).not.toBe('gpl_planted');
});

test('saying no at Discord is a page that says so, with a way to try again', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Sign in with Discord' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Authorization was denied at Discord')).toBeVisible();
  await page.getByRole('link', { name: /sign in/i }).click();
  await agree(page, ANNA);
  await expect(page.getByRole('heading', { name: 'Anna', exact: true })).toBeVisible();
});

test('cancelling at Discord keeps the way back', async ({ page }) => {
  await page.goto('/portal');
  await page.getByRole('link', { name: 'Sign in with Discord' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await agree(page, ANNA);
  await expect(page).toHaveURL('/portal');
});

test('two tabs sign in, and the first to begin comes back last', async ({ page, context }) => {
  const other = await context.newPage();
  for (const [tab, path] of [[page, '/portal'], [other, '/sessions/manage']]) {
    await tab.goto(path);
    await tab.getByRole('link', { name: 'Sign in with Discord' }).click();
  }
  for (const [tab, path] of [[other, '/sessions/manage'], [page, '/portal']]) {
    await agree(tab, ANNA);
    await expect(tab).toHaveURL(path);
  }
  await other.close();
});

test('the callback again leads on in a browser that is signed in', async ({ page }) => {
  let callback;
  page.on('request', (request) => (callback = request.url().includes('/oauth2/callback?') ? request.url() : callback));
  await page.goto('/portal');
  await page.getByRole('link', { name: 'Sign in with Discord' }).click();
  await page.locator(`button[value="${ANNA}"]`).click();
  await expect(page).toHaveURL('/portal');
  await page.goto(callback);
  await expect(page).toHaveURL('/portal');
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Your apps' })).toBeVisible();
  await page.reload();
  await expect(page).toHaveURL('/portal');
});

test('a double click at Discord signs in', async ({ page }) => {
  await page.goto('/portal');
  await page.getByRole('link', { name: 'Sign in with Discord' }).click();
  await page.locator(`button[value="${ANNA}"]`).dblclick();
  await expect(page).toHaveURL('/portal');
});

test('Discord asks once, then an expired session comes back by itself, and once only', async ({ page, context, request }) => {
  await signIn(page, ANNA);
  await context.clearCookies({ name: 'guildpass' });
  await page.goto('/portal');
  await expect(page.getByRole('heading', { level: 1, name: 'Your apps' })).toBeVisible();

  await context.clearCookies({ name: 'guildpass' });
  await discord(request, 'PUT', 'faults', { route: 'token', fault: { status: { code: 503 } } });
  await page.goto('/portal');
  await expect(page.getByRole('heading', { name: 'Discord does not answer' })).toBeVisible();
  await discord(request, 'DELETE', 'faults');
  await page.goto('/portal');
  await page.getByRole('link', { name: 'Sign in with Discord' }).click();
  await expect(page).toHaveURL('/portal');

  await page.goto('/');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByRole('link', { name: 'Sign in with Discord' })).toBeVisible();
  await page.goto('/portal');
  await expect(page.getByRole('link', { name: 'Sign in with Discord' })).toBeVisible();
});

test('an unknown page and a wrong redirect are pages', async ({ page }) => {
  for (const path of ['/login', '/oauth2/authorize?redirect_uri=https%3A%2F%2Fevil.example']) {
    await page.goto(path);
    await expect(page.getByRole('link', { name: 'Home', exact: true })).toBeVisible();
  }
  await page.goto('/portal/');
  await expect(page).toHaveURL('/portal');
});

test('a code injected from elsewhere signs nobody in', async ({ page, request }) => {
  const there = await request.get('/oauth2/authorize', { maxRedirects: 0 });
  const back = await request.get(`${there.headers().location}&as_user=${FAY}`, { maxRedirects: 0 });
  const stolen = back.headers().location;
  expect(stolen).toContain('code=');

  for (const url of [stolen, stolen.split('&state=')[0]]) {
    await page.goto(url);
    await expect(page.getByText('Start the sign-in again')).toBeVisible();
  }
  expect((await api(page, 'GET', '/sessions/@me')).status).toBe(401);
});

test('a return leads to no other site', async ({ page, baseURL }) => {
  for (const elsewhere of ['https://evil.example', '//evil.example', '/\\evil.example', 'https:evil.example', 'javascript:alert(1)', '/\t/evil.example']) {
    const answer = await page.goto(`/oauth2/authorize?return_to=${encodeURIComponent(elsewhere)}`);
    expect(answer.status(), elsewhere).toBe(400);
    expect(new URL(page.url()).origin).toBe(baseURL);
  }
});

test('Discord being down is a page, and the next try works', async ({ page, request }) => {
  await page.goto('/oauth2/authorize');
  await discord(request, 'PUT', 'faults', { route: 'token', fault: { status: { code: 503 } } });
  await agree(page, ANNA);
  await expect(page.getByRole('heading', { name: 'Discord does not answer' })).toBeVisible();
  await discord(request, 'DELETE', 'faults');
  await signIn(page, ANNA);
});

test('a banned person is told so and can end their sessions', async ({ page, browser, baseURL }) => {
  await signIn(page, BEN);
  const operator = await browser.newPage({ baseURL });
  await operator.goto('/oauth2/authorize');
  await agree(operator, ANNA);
  expect((await api(operator, 'PUT', `/users/${BEN}/state`, { state: 'banned' })).status).toBe(204);
  try {
    await page.reload();
    await expect(page.getByText('Banned', { exact: true })).toBeVisible();
    await page.goto('/portal');
    await expect(page.getByRole('heading', { name: 'You are banned' })).toBeVisible();
    await page.goto('/sessions/manage');
    await expect(page.getByRole('row').or(page.getByRole('listitem')).first()).toBeVisible();
    await page.goto('/');
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('link', { name: 'Sign in with Discord' }).click();
    await expect(page.getByRole('heading', { name: 'You are banned' })).toBeVisible();
    await page.getByRole('link', { name: 'Use another account' }).click();
    await expect(page.getByRole('heading', { name: 'Authorize as' })).toBeVisible();
  } finally {
    expect((await api(operator, 'PUT', `/users/${BEN}/state`, { state: 'normal' })).status).toBe(204);
    await operator.close();
  }
});

test('signing out everywhere asks first, and ends every browser', async ({ page, browser, baseURL }) => {
  const other = await browser.newPage({ baseURL });
  await other.goto('/oauth2/authorize');
  await agree(other, ANNA);
  await signIn(page, ANNA);
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.keyboard.press('Escape');
  expect((await api(page, 'GET', '/sessions/@me')).status).toBe(200);
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await confirm(page, 'Sign out everywhere');
  await expect(page.getByRole('link', { name: 'Sign in with Discord' })).toBeVisible();
  expect((await api(other, 'GET', '/sessions/@me')).status).toBe(401);
  await other.close();
});

test('disconnecting and deleting ask, and deleting asks twice', async ({ page }) => {
  await signIn(page, FAY);
  await page.getByRole('button', { name: /^Disconnect/ }).click();
  await confirm(page, /^Disconnect/);
  await expect(page.getByText('Disconnected.')).toBeVisible();
  await page.getByRole('button', { name: /^Delete/ }).click();
  await confirm(page, /^Delete/);
  await expect(page.getByRole('dialog')).toContainText('cannot be undone');
  await confirm(page, /^Delete/);
  await expect(page.getByRole('link', { name: 'Sign in with Discord' })).toBeVisible();
  expect((await api(page, 'GET', '/sessions/@me')).status).toBe(401);
});
