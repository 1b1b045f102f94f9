// Every action says what it did, once the page is there again: in the live region, with the focus on what has changed.
import { ANNA, DAVE, FAY, GWEN, HARBOUR, api, confirm, expect, register, signIn, test } from './people.js';

/** The message that survived the reload; it has the focus where what it is about is gone. */
async function said(page, text, focused) {
  const message = page.getByRole('status').filter({ hasText: text });
  await expect(message).toBeVisible();
  await expect(focused ?? message).toBeFocused();
}

test('saving and deleting an app', async ({ page }) => {
  await signIn(page, DAVE, '/portal');
  await register(page, 'Reporter');
  await page.reload();
  await page.getByText('Edit', { exact: false }).first().click();
  await page.getByLabel('Name').first().fill('Case reporter');
  await page.getByRole('button', { name: 'Save' }).first().click();
  await said(page, 'The app is saved.', page.getByRole('heading', { name: 'Case reporter' }));
  await page.reload();
  await expect(page.locator('.toast')).toBeEmpty();
  await page.getByText('Edit', { exact: false }).first().click();
  await page.getByRole('button', { name: 'Delete app' }).first().click();
  await confirm(page, 'Delete app');
  await said(page, 'Case reporter is deleted.');
});

test('authorizing on a server ends on a page that says what the app can do now; saving and removing say so too', async ({ page }) => {
  await signIn(page, GWEN, '/portal');
  await api(page, 'DELETE', `/guilds/${HARBOUR}/authorizations`);
  const [app, other] = [await register(page, 'Reporter'), await register(page, 'Welcomer')];
  await page.goto(`/authorize?app_id=${app.id}&type=guild&permissions=VIEW_CASES,MANAGE_CASES&guild_id=${HARBOUR}`);
  await page.getByRole('button', { name: 'Authorize' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Reporter is authorized' })).toBeVisible();
  await said(page, 'Reporter is authorized.');
  await expect(page.getByRole('listitem')).toHaveCount(2);
  await expect(page.getByText('You can close this page.')).toBeVisible();

  await api(page, 'PUT', `/apps/${other.id}/guilds/${HARBOUR}`, { permissions: ['VIEW_CASES'] });
  await page.getByRole('link', { name: 'Apps on Harbour' }).click();
  const box = page.getByRole('article', { name: 'Reporter', exact: true });
  await box.getByLabel(/MANAGE_CASES/).uncheck();
  await box.getByRole('button', { name: 'Save' }).click();
  await said(page, 'The permissions of Reporter are saved.', box.getByRole('heading', { name: 'Reporter' }));
  await box.getByRole('button', { name: 'Remove', exact: true }).click();
  await confirm(page, 'Remove');
  await said(page, 'Reporter is removed from Harbour.');
  await page.getByRole('button', { name: 'Remove all apps' }).click();
  await confirm(page, 'Remove all apps');
  await said(page, 'All apps are removed from Harbour.');
  for (const { id } of [app, other]) await api(page, 'DELETE', `/apps/${id}`);
});

test('authorizing for oneself, and taking it back', async ({ page }) => {
  await signIn(page, DAVE, '/portal');
  const app = await register(page, 'Reminder');
  await page.goto(`/authorize?app_id=${app.id}&type=user&permissions=READ_PROFILE`);
  await page.getByRole('button', { name: 'Authorize' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Reminder is authorized' })).toBeVisible();
  await page.getByRole('link', { name: 'Your account' }).click();
  await page.getByRole('button', { name: /^Revoke/ }).first().click();
  await confirm(page, /^Revoke/);
  await said(page, 'Reminder can no longer act for you.');
  await api(page, 'DELETE', `/apps/${app.id}`);
});

test('what leads to another site leaves no message behind', async ({ page }) => {
  await page.route(/localhost:3000/, (route) => route.fulfill({ body: 'back' }));
  await signIn(page, DAVE, '/portal');
  const app = await register(page, 'Reminder');
  const back = encodeURIComponent('http://localhost:3000/callback');
  await page.goto(`/authorize?app_id=${app.id}&type=user&permissions=READ_PROFILE&redirect_uri=${back}`);
  await page.getByRole('button', { name: 'Authorize' }).click();
  await expect(page).toHaveURL(/localhost:3000/);
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('.toast')).toBeEmpty();
  await api(page, 'DELETE', `/apps/${app.id}`);
});

test('ending a session and signing out', async ({ page }) => {
  await signIn(page, ANNA, '/sessions/manage');
  await api(page, 'POST', '/sessions', { name: 'Nightly backup', type: 'api', expiry: 3600 });
  await page.reload();
  await page.getByRole('button', { name: 'Revoke Nightly backup' }).first().click();
  await confirm(page, /^Revoke/);
  await said(page, 'Nightly backup is revoked.');
  await page.getByRole('row').filter({ hasText: 'This browser' }).getByRole('button', { name: 'Sign out' }).click();
  await said(page, 'You are signed out.');
  await expect(page.getByRole('link', { name: 'Sign in with Discord' })).toBeVisible();
  await signIn(page, ANNA);
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await confirm(page, 'Sign out everywhere');
  await said(page, 'You are signed out everywhere.');
  await signIn(page, ANNA, '/sessions/manage');
  await page.getByRole('button', { name: 'Revoke all' }).click();
  await confirm(page, 'Revoke all');
  await said(page, 'All sessions are revoked.');
});

test('disconnecting Discord and deleting the account', async ({ page }) => {
  await signIn(page, FAY);
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await confirm(page, 'Disconnect');
  await said(page, 'Disconnected.', page.getByRole('heading', { name: 'Disconnect Discord' }));
  await expect(page.getByText('Discord is not connected.')).toBeVisible();
  await page.getByRole('button', { name: 'Delete account' }).click();
  await confirm(page, 'Delete account');
  await confirm(page, 'Delete account');
  await said(page, 'Your account is deleted.');
});
