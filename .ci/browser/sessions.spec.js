// Sessions and API tokens.
import { ANNA, api, confirm, expect, signIn, test } from './people.js';

test('a person makes a token with a preset, sees it once, uses it and ends it', async ({ page, context, request }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, ANNA, '/sessions/manage');
  await expect(page.getByText('This browser', { exact: true })).toBeVisible();
  await page.getByLabel('Name', { exact: true }).fill('Nightly <i>backup</i>');
  await page.getByLabel('Expires after').selectOption('1 week');
  await page.getByRole('button', { name: 'Create token' }).click();
  await expect(page.getByText(/gpa_\w{71}/).first()).toBeVisible();
  const token = (await page.locator('.token:visible').first().textContent()).match(/gpa_\w{71}/)[0];
  await page.getByRole('button', { name: /copy/i }).first().click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  const me = await request.get('/sessions/@me', { headers: { authorization: `Bearer ${token}` } });
  const life = new Date((await me.json()).expiry) - Date.now();
  expect(Math.round(life / 86400e3)).toBe(7);

  await page.goto('/sessions/manage');
  expect(await page.content()).not.toContain(token);
  const row = page.getByRole('row').filter({ hasText: 'Nightly <i>backup</i>' }).first();
  await expect(row).toBeVisible();
  await expect(row.locator('time').last()).toHaveAttribute('title', /UTC/);
  await row.getByRole('button', { name: /^Revoke/ }).click();
  await confirm(page, /^Revoke/);
  await expect.poll(async () => (await request.get('/sessions/@me', { headers: { authorization: `Bearer ${token}` } })).status()).toBe(401);
});

test('a life of one\'s own choosing, and a bad name, which is explained', async ({ page }) => {
  await signIn(page, ANNA, '/sessions/manage');
  await page.getByLabel('Expires after').selectOption('Custom');
  await page.getByLabel('How many days').fill('2');
  await page.getByLabel('Name', { exact: true }).fill('\u202Eevil');
  await page.getByRole('button', { name: 'Create token' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'visible characters' })).toBeVisible();
});

test('ending all of them asks, and ends this one too', async ({ page }) => {
  await signIn(page, ANNA, '/sessions/manage');
  await page.getByRole('button', { name: 'Revoke all' }).click();
  await confirm(page, 'Revoke all');
  await expect(page.getByRole('link', { name: 'Sign in with Discord' })).toBeVisible();
  expect((await api(page, 'GET', '/sessions')).status).toBe(401);
});
