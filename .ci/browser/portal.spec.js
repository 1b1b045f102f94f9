// The developer portal, the authorization page and a server's page: a developer, an admin, a user.
import { ANNA, BEN, DAVE, GWEN, HARBOUR, LIGHTHOUSE, agree, api, asApp, confirm, expect, register, signIn, test } from './people.js';

const link = (app, type, permissions, more = '') => `/authorize?app_id=${app.id}&type=${type}&permissions=${permissions}${more}`;

test.afterEach(async ({ page }) => {
  await page.goto('/');
  const mine = await api(page, 'GET', '/apps');
  for (const app of mine.body?.apps ?? []) await api(page, 'DELETE', `/apps/${app.id}`);
});

test('a developer registers an app, reveals, copies and regenerates its token, edits and deletes it', async ({ page, context, request }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, DAVE, '/portal');
  await page.getByLabel('Name', { exact: true }).last().fill('Case <b>reporter</b>');
  await page.getByRole('button', { name: 'Register', exact: true }).click();
  await expect(page.locator('#new-token')).toContainText(/gpx_\w{60}/);
  const token = (await page.locator('#new-token').textContent()).match(/gpx_\w{60}/)[0];
  expect((await asApp(request, token, '/app')).status()).toBe(200);

  await page.reload();
  const box = page.getByRole('article').filter({ hasText: 'Case <b>reporter</b>' });
  await expect(box.getByRole('heading', { name: 'Case <b>reporter</b>' })).toBeVisible();
  await box.getByRole('button', { name: 'Reveal token' }).click();
  await expect(box.locator('.token')).toContainText(token);
  await box.getByRole('button', { name: /copy/i }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token);

  await box.getByRole('button', { name: 'Regenerate token' }).click();
  await confirm(page, 'Regenerate token');
  await expect(box.locator('.token')).not.toContainText(token);
  expect((await asApp(request, token, '/app')).status()).toBe(401);

  await box.getByText('Edit', { exact: false }).click();
  await box.getByLabel('Name').fill('Reporter');
  await box.getByLabel(/Logo/).fill('javascript:alert(1)');
  await box.getByRole('button', { name: 'Save' }).click();
  await expect(box.getByRole('alert')).toContainText('https URL');
  await box.getByLabel(/Logo/).fill('https://cdn.example.com/logo.png');
  await box.getByLabel(/Private/).check();
  await box.getByRole('button', { name: 'Save' }).click();
  const renamed = page.getByRole('article').filter({ hasText: 'Reporter' });
  await expect(renamed.getByText('Private', { exact: true })).toBeVisible();
  await expect(renamed.locator('img.logo')).toHaveAttribute('src', 'https://cdn.example.com/logo.png');

  await renamed.getByText('Edit', { exact: false }).click();
  await renamed.getByRole('button', { name: 'Delete app' }).click();
  await confirm(page, 'Delete app');
  await expect(page.getByText('You have no apps yet.')).toBeVisible();
});

test('an authorization link says what was ticked, and is copied only then', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, DAVE, '/portal');
  const app = await register(page, 'Reporter');
  await page.reload();
  await page.getByRole('link', { name: /Authorization link/ }).click();
  const made = page.locator('#made-link');
  const copy = page.getByRole('button', { name: 'Copy link' });
  await expect(copy).toBeDisabled();
  await expect(made).toHaveText('');
  await page.getByLabel(/VIEW_CASES/).check();
  await page.getByLabel(/MANAGE_CASES/).check();
  await expect(made).toContainText(`/authorize?app_id=${app.id}&type=guild&permissions=VIEW_CASES`);
  await expect(made).toContainText('MANAGE_CASES');
  await page.getByLabel(/A user, for/).check();
  await expect(page.getByLabel(/VIEW_CASES/)).toBeHidden();
  await page.getByLabel(/READ_PROFILE/).check();
  await expect(made).toContainText('type=user&permissions=READ_PROFILE');
  await expect(made).not.toContainText('VIEW_CASES');
  await copy.click();
  await expect(page.locator('.toast')).toContainText('Copied.');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await made.textContent());
  await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')); });
  await copy.click();
  await expect(page.locator('.toast')).toContainText('Not copied');
  await page.getByLabel(/READ_PROFILE/).uncheck();
  await expect(copy).toBeDisabled();
});

test.beforeEach(async ({ page }) => {
  // What other tests left on the servers.
  for (const [user, guild] of [[ANNA, LIGHTHOUSE], [GWEN, HARBOUR]]) {
    await signIn(page, user);
    expect((await api(page, 'DELETE', `/guilds/${guild}/authorizations`)).status).toBe(204);
    await page.context().clearCookies();
  }
});

test('an admin authorizes an app on a server of theirs, narrows it and removes it', async ({ page, browser, request, baseURL }) => {
  const developer = await browser.newPage({ baseURL });
  await developer.goto('/oauth2/authorize');
  await agree(developer, DAVE);
  const app = await register(developer, 'Reporter');

  await page.goto(link(app, 'guild', 'VIEW_CASES,MANAGE_CASES'));
  await page.getByRole('link', { name: 'Sign in with Discord' }).click();
  await agree(page, BEN);
  await expect(page.getByRole('heading', { level: 1, name: 'Reporter' })).toBeVisible();
  await expect(page.getByText('Not verified', { exact: true })).toBeVisible();
  await expect(page.getByText('@dave4711')).toBeVisible();
  await expect(page.getByRole('group', { name: 'Choose a server' }).getByRole('radio')).toHaveCount(1);
  await page.getByRole('radio', { name: 'Lighthouse' }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'VIEW_CASES' })).toContainText('New');
  await page.getByRole('button', { name: 'Authorize' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Reporter is authorized' })).toBeVisible();
  const may = await asApp(request, app.token, `/app/guilds/${LIGHTHOUSE}`);
  expect((await may.json()).permissions).toEqual(['VIEW_CASES', 'MANAGE_CASES']);

  await page.goto(link(app, 'guild', 'VIEW_CASES,VIEW_SETTINGS', `&guild_id=${LIGHTHOUSE}`));
  await expect(page.getByRole('listitem').filter({ hasText: 'VIEW_SETTINGS' })).toContainText('New');
  await expect(page.getByRole('listitem').filter({ hasText: 'VIEW_CASES' })).toContainText('Already allowed');
  await expect(page.getByRole('heading', { name: 'It will no longer be able to' })).toBeVisible();
  await expect(page.locator('li.dropped')).toContainText('MANAGE_CASES');

  await page.goto(`/guilds/${LIGHTHOUSE}/manage`);
  const box = page.getByRole('article', { name: 'Reporter', exact: true });
  await box.getByLabel(/MANAGE_CASES/).uncheck();
  await box.getByRole('button', { name: 'Save' }).click();
  await expect.poll(async () => (await (await asApp(request, app.token, `/app/guilds/${LIGHTHOUSE}`)).json()).permissions).toEqual(['VIEW_CASES']);
  await expect(box.getByLabel(/MANAGE_CASES/)).not.toBeChecked();
  await box.getByLabel(/VIEW_CASES/).uncheck();
  await box.getByRole('button', { name: 'Save' }).click();
  await expect(box.getByRole('alert')).toContainText('at least one permission');

  await developer.goto(`/portal/${app.id}/link`);
  await expect(developer.getByRole('row').filter({ hasText: 'Lighthouse' })).toContainText('VIEW_CASES');
  await page.reload();
  await box.getByRole('button', { name: 'Remove', exact: true }).click();
  await confirm(page, 'Remove');
  await expect(page.getByText('No app is authorized on this server.')).toBeVisible();
  expect((await asApp(request, app.token, `/app/guilds/${LIGHTHOUSE}`)).status()).toBe(404);
  await api(developer, 'DELETE', `/apps/${app.id}`);
  await developer.close();
});

test('a link with a registered redirect leads back with its state, yes or no', async ({ page, request }) => {
  await page.route(/localhost:3000/, (route) => route.fulfill({ body: 'back' }));
  await signIn(page, GWEN, '/portal');
  const app = await register(page, 'Reporter');
  const back = `&redirect_uri=${encodeURIComponent('http://localhost:3000/callback')}&state=s%26t`;
  await page.goto(link(app, 'guild', 'VIEW_CASES', back));
  await page.getByRole('radio', { name: 'Harbour' }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(page).toHaveURL('http://localhost:3000/callback?error=access_denied&state=s%26t');
  await page.goto(link(app, 'guild', 'VIEW_CASES', `${back}&guild_id=${HARBOUR}`));
  await page.getByRole('button', { name: 'Authorize' }).click();
  await expect(page).toHaveURL(`http://localhost:3000/callback?guild_id=${HARBOUR}&state=s%26t`);
  expect((await asApp(request, app.token, `/app/guilds/${HARBOUR}`)).status()).toBe(200);
  await page.goto(link(app, 'guild', 'VIEW_CASES', '&redirect_uri=https%3A%2F%2Fevil.example'));
  await expect(page.getByText('This redirect URI is not allowed.')).toBeVisible();
});

test('a person authorizes an app for themselves and takes it back', async ({ page, request }) => {
  await signIn(page, DAVE, '/portal');
  const app = await register(page, 'Reminder');
  await page.goto(link(app, 'user', 'READ_PROFILE,MANAGE_REMINDERS'));
  await page.getByRole('button', { name: 'Authorize' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Reminder is authorized' })).toBeVisible();
  expect((await asApp(request, app.token, `/app/users/${DAVE}`)).status()).toBe(200);
  await page.goto('/');
  await page.getByRole('button', { name: /^Revoke/ }).click();
  await confirm(page, /^Revoke/);
  await expect(page.getByRole('button', { name: /^Revoke/ })).toHaveCount(0);
  expect((await asApp(request, app.token, `/app/users/${DAVE}`)).status()).toBe(404);
});

test('a link that was tampered with shows exactly what it asks for, or that it cannot', async ({ page }) => {
  await signIn(page, GWEN, '/portal');
  const app = await register(page, 'Reporter');
  await page.goto(link(app, 'guild', 'VIEW_CASES,MANAGE_SETTINGS', `&guild_id=${HARBOUR}`));
  await expect(page.locator('.permissions').first().getByRole('listitem')).toHaveCount(2);
  await expect(page.locator('.permissions').first()).toContainText('MANAGE_SETTINGS');
  for (const permissions of ['VIEW_CASES,EVERYTHING', 'READ_PROFILE', 'VIEW_CASES,VIEW_CASES', '', '<script>']) {
    await page.goto(link(app, 'guild', encodeURIComponent(permissions)));
    await expect(page.getByRole('heading', { name: 'That did not work' })).toBeVisible();
  }
  await page.goto(link(app, 'guild', 'VIEW_CASES', `&guild_id=${LIGHTHOUSE}`));
  await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
});

test('the end of a grant is kept unless somebody changes it', async ({ page, request }) => {
  await signIn(page, GWEN, '/portal');
  const app = await register(page, 'Reporter');
  const path = `/apps/${app.id}/guilds/${HARBOUR}`;
  const granted = await api(page, 'PUT', path, { permissions: ['VIEW_CASES'], expiry: 600 });
  const may = async () => (await asApp(request, app.token, `/app/guilds/${HARBOUR}`)).json();
  const authorize = async (end) => {
    await page.goto(link(app, 'guild', 'VIEW_CASES,MANAGE_CASES', `&guild_id=${HARBOUR}`));
    if (end) await page.getByLabel('Ends').selectOption(end);
    const answered = page.waitForResponse((response) => response.request().method() === 'PUT');
    await page.getByRole('button', { name: 'Authorize' }).click();
    expect((await answered).ok()).toBeTruthy();
    await expect(page).toHaveURL(/done=true/);
  };
  await authorize();
  expect(await may()).toMatchObject({ permissions: ['VIEW_CASES', 'MANAGE_CASES'], expiry: granted.body.expiry });
  await page.goto(`/guilds/${HARBOUR}/manage`);
  await expect(page.getByLabel('Ends').locator('option:checked')).toHaveText(/^Keep: /);
  await page.getByLabel(/MANAGE_CASES/).uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(may).toMatchObject({ permissions: ['VIEW_CASES'], expiry: granted.body.expiry });
  await authorize('In 7 days');
  const days = (Date.parse((await may()).expiry) - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBe(7);
  await authorize('Never');
  expect((await may()).expiry).toBe(null);
});

test('the consent page says who is asked and where it leads, and lets single permissions be left out', async ({ page, request }) => {
  await page.route(/localhost:3000/, (route) => route.fulfill({ body: 'back' }));
  await signIn(page, GWEN, '/portal');
  const app = await register(page, 'Reporter');
  const back = `&redirect_uri=${encodeURIComponent('http://localhost:3000/callback')}`;
  const asked = link(app, 'guild', 'VIEW_CASES,MANAGE_CASES,VIEW_SETTINGS', `&optional=MANAGE_CASES,VIEW_SETTINGS&guild_id=${HARBOUR}${back}`);
  await page.goto(asked);
  const main = page.getByRole('main');
  await expect(main.getByText('Signed in as Gwen')).toBeVisible();
  await expect(main.getByText('You are then redirected to localhost:3000.')).toBeVisible();
  await expect(main.getByText('have not checked who is behind this app')).toBeVisible();
  await expect(main.getByRole('checkbox')).toHaveCount(2);
  await main.getByRole('checkbox', { name: 'Record, change and delete' }).uncheck();
  await page.getByRole('button', { name: 'Authorize' }).click();
  await expect(page).toHaveURL(/^http:\/\/localhost:3000\/callback/);
  expect((await (await asApp(request, app.token, `/app/guilds/${HARBOUR}`)).json()).permissions).toEqual(['VIEW_CASES', 'VIEW_SETTINGS']);

  await page.goto(link(app, 'guild', 'VIEW_CASES,MANAGE_CASES', `&optional=VIEW_CASES,MANAGE_CASES&guild_id=${HARBOUR}`));
  for (const box of await main.getByRole('checkbox').all()) await box.uncheck();
  await page.getByRole('button', { name: 'Authorize' }).click();
  await expect(main.getByRole('alert')).toContainText('at least one permission');
  await main.getByRole('link', { name: 'Not you?' }).click();
  await agree(page, ANNA);
  await expect(page).toHaveURL(/\/authorize\?app_id=/);
});

test('a member without the right sees no page of a server', async ({ page }) => {
  await signIn(page, DAVE);
  await page.goto(`/guilds/${LIGHTHOUSE}/manage`);
  await expect(page.getByRole('heading', { name: 'You cannot manage this server' })).toBeVisible();
});

test('what fails says why', async ({ page }) => {
  await signIn(page, ANNA, '/portal');
  await page.getByLabel('Name', { exact: true }).last().fill('   ');
  await page.getByRole('button', { name: 'Register', exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'visible characters' })).toBeVisible();
  await api(page, 'DELETE', '/sessions/@me');
  await page.getByLabel('Name', { exact: true }).last().fill('Too late');
  await page.getByRole('button', { name: 'Register', exact: true }).click();
  await expect(page.getByText('You are signed out.').first()).toBeVisible();
});
