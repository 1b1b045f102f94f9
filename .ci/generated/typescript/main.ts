// The same walk as ../python/main.py: a person signs in and makes an API token, and an app reads what it may do.
import assert from 'node:assert/strict';
import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './guildpass.js';

const baseUrl = process.env['GUILDPASS_URL'] ?? 'http://localhost:8080';
const redirect_uri = 'http://localhost:3000/callback';
const ANNA = '158908186768937126';
const LIGHTHOUSE = '272120529715212344';

const as = (token: string) => createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } });

/** Every refusal has the same shape; its code is for programs. */
class Refused extends Error {
  constructor(readonly code: components['schemas']['ErrorCode'], message: string) {
    super(message);
  }
}
const refusals: Middleware = {
  async onResponse({ response }) {
    if (response.status < 400) return;
    const error: components['schemas']['Error'] = await response.clone().json();
    throw new Refused(error.code, error.message);
  },
};

/** Discord's page and the click on it, which are a browser's. */
async function code(): Promise<string> {
  const leads = async (url: string) => {
    const location = (await fetch(url, { redirect: 'manual' })).headers.get('location');
    assert(location);
    return location;
  };
  const page = await leads(`${baseUrl}/oauth2/authorize?redirect_uri=${encodeURIComponent(redirect_uri)}`);
  const code = new URL(await leads(`${page}&as_user=${ANNA}`)).searchParams.get('code');
  assert(code);
  return code;
}

const anybody = createClient<paths>({ baseUrl });
const signedIn = await anybody.POST('/oauth2', { body: { code: await code(), redirect_uri } });
assert(signedIn.data);
assert.equal(signedIn.data.user.global_name, 'Anna');

const anna = as(signedIn.data.token);
const me = await anna.GET('/sessions/@me');
assert.deepEqual([me.data?.user_id, me.data?.type], [ANNA, 'login']);

const made = await anna.POST('/sessions', { body: { name: 'Nightly backup', type: 'api', expiry: 3600 } });
assert(made.data);
const listed = await anna.GET('/sessions');
const named = listed.data?.sessions.filter((session) => session.id === made.data.session_id).map((session) => session.name);
assert.deepEqual(named, ['Nightly backup']);

const script = as(made.data.token);
script.use(refusals);
assert.equal((await script.GET('/users/@me')).data?.id, ANNA);
const ended = await anna.DELETE('/sessions/{session_id}', { params: { path: { session_id: made.data.session_id } } });
assert.equal(ended.response.status, 204);
await assert.rejects(script.GET('/users/@me'), (error) => error instanceof Refused && error.code === 'InvalidToken');

const app = await anna.POST('/apps', { body: { name: 'Casebook' } });
assert(app.data);
const granted = await anna.PUT('/apps/{app_id}/guilds/{guild_id}', {
  params: { path: { app_id: app.data.app.id, guild_id: LIGHTHOUSE } },
  body: { permissions: ['VIEW_CASES'] },
});
assert.equal(granted.response.status, 201);
const self = await as(app.data.token).GET('/app', { params: { query: { withGuildNames: true } } });
assert.deepEqual(
  self.data?.authorized_guilds.map(({ guild_id, name, permissions }) => [guild_id, name, permissions]),
  [[LIGHTHOUSE, 'Lighthouse', ['VIEW_CASES']]],
);
const wrong = await anna.POST('/apps', { body: { name: '' } });
assert.deepEqual([wrong.error?.code, wrong.response.status], ['BadRequest', 400]);

console.log(`TypeScript: ${me.data?.user_id} signed in, a token was made and ended, ${self.data?.app.name} reads Lighthouse`);
