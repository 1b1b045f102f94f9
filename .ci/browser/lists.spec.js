// Long lists: a server is chosen by keyboard alone, and nothing is cut in silence.
import { EMIL, api, expect, register, signIn, test } from './people.js';

/** Presses Tab until an element has the focus. */
async function tabTo(page, element) {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await element.evaluate((each) => each === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  await expect(element).toBeFocused();
}

test('one of 80 servers is chosen by keyboard alone', async ({ page }) => {
  await signIn(page, EMIL, '/portal');
  const app = await register(page, 'Reporter');
  const path = `/authorize?app_id=${app.id}&type=guild&permissions=VIEW_CASES`;
  await page.goto(path);
  const radios = page.getByRole('radio');
  await expect(radios).toHaveCount(80);
  const filter = page.getByRole('searchbox', { name: 'Filter servers' });
  await tabTo(page, filter);
  await page.keyboard.type('GILDE 01');
  await expect(radios).toHaveCount(6);
  await expect(page.getByText('6 of 80')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(path);

  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  for (let steps = 0; steps < 3; steps += 1) await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('radio', { name: /Gilde 012/ })).toBeChecked();
  await expect(page).toHaveURL(path);
  const go = page.getByRole('button', { name: 'Continue' });
  await expect(go).toBeVisible();
  await tabTo(page, go);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Authorize' })).toBeVisible();
  await expect(page.getByText(/Emils Gilde 012/).first()).toBeVisible();
  await expect(page.locator('.kept')).toHaveCount(0);

  await page.goto(path);
  await page.getByRole('radio', { name: /Gilde 000/ }).check();
  await filter.fill('no such server');
  await expect(page.getByText('None of 80')).toBeVisible();
  await expect(page.getByRole('radio', { name: /Gilde 000/ })).toBeVisible();
  await api(page, 'DELETE', `/apps/${app.id}`);
});

test('the account has all servers, and a filter', async ({ page }) => {
  await signIn(page, EMIL);
  const servers = page.locator('#server-list a');
  await expect(servers).toHaveCount(80);
  await page.getByRole('searchbox', { name: 'Filter servers' }).fill('emils 122');
  await expect(servers).toHaveCount(80);
  await expect(servers.filter({ visible: true })).toHaveCount(1);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});
