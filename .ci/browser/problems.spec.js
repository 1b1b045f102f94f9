// What went wrong, to somebody who is signed in.
import { GWEN, HARBOUR, api, asApp, confirm, discord, expect, register, signIn, test } from './people.js';

test('a problem page has the header of who is signed in, and a button that helps', async ({ page }) => {
  await signIn(page, GWEN);
  for (const path of ['/portal/00000000-0000-7000-8000-000000000000/link', '/guilds/1/manage', '/authorize?type=user']) {
    await page.goto(path);
    await expect(page.getByText('Signed in as Gwen'), path).toBeVisible();
    await expect(page.getByRole('link', { name: 'Sign in again' }), path).toHaveCount(0);
    await expect(page.getByRole('main').getByRole('link', { name: 'Home' }), path).toBeVisible();
    expect(await page.locator('main').textContent(), path).not.toContain('`');
  }
});

test('while Discord is down, who granted takes an app back', async ({ page, request }) => {
  await signIn(page, GWEN, '/portal');
  const app = await register(page, 'Reporter');
  expect((await api(page, 'PUT', `/apps/${app.id}/guilds/${HARBOUR}`, { permissions: ['VIEW_CASES'] })).status).toBe(201);
  try {
    await discord(request, 'PUT', 'faults', { route: 'guilds', fault: { status: { code: 503 } } });
    await page.goto(`/guilds/${HARBOUR}/manage`);
    await expect(page.getByText('Discord does not answer')).toBeVisible();
    const box = page.getByRole('article', { name: 'Reporter', exact: true });
    await expect(box.getByRole('button')).toHaveCount(1);
    await box.getByRole('button', { name: 'Remove' }).click();
    await confirm(page, 'Remove');
    await expect(page.getByRole('status').filter({ hasText: 'Reporter is removed from Harbour.' })).toBeVisible();
    expect((await asApp(request, app.token, `/app/guilds/${HARBOUR}`)).status()).toBe(404);
    await expect(page.getByRole('link', { name: 'Try again' })).toBeVisible();
  } finally {
    await discord(request, 'DELETE', 'faults');
    await api(page, 'DELETE', `/apps/${app.id}`);
  }
});
