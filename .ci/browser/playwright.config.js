// The pages in Debian's Chromium, on a desktop and a phone, in light and dark. GUILDPASS_URL and DISCORD_URL say where the service
// and its stand-in Discord are; both are shared by all tests, so these run one after another.
import { defineConfig } from '@playwright/test';

const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 375, height: 740 } };
const project = (size, colorScheme) => ({
  name: `${size} ${colorScheme}`,
  use: { viewport: sizes[size], colorScheme, hasTouch: size === 'phone' },
});

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.js',
  workers: 1,
  // Long enough for a machine that is busy: nothing here measures time.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  outputDir: process.env.PLAYWRIGHT_OUTPUT ?? 'results',
  use: {
    baseURL: process.env.GUILDPASS_URL,
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
    screenshot: 'only-on-failure',
    actionTimeout: 60_000,
  },
  projects: [project('desktop', 'light'), project('desktop', 'dark'), project('phone', 'light'), project('phone', 'dark')],
});
