"""The same walk as ../typescript/main.ts: a person signs in and makes an API token, and an app reads what it may do."""

import os
from urllib.parse import parse_qs, urlsplit

import httpx
from guildpass_client import AuthenticatedClient, Client
from guildpass_client.api.apps import app_create
from guildpass_client.api.authorizations import guild_authorization_put
from guildpass_client.api.for_apps import app_self
from guildpass_client.api.sessions import session_create, session_current, session_delete, session_list
from guildpass_client.api.sign_in import oauth2_exchange
from guildpass_client.api.users import user_get
from guildpass_client.models import ApiTokenCreate, AppCreate, Grant, SignIn

BASE_URL = os.environ["GUILDPASS_URL"]
REDIRECT_URI = "http://localhost:3000/callback"
ANNA, LIGHTHOUSE = "158908186768937126", "272120529715212344"


def holding(token):
    return AuthenticatedClient(base_url=BASE_URL, token=token)


def code():
    """Discord's page and the click on it, which are a browser's."""
    page = httpx.get(f"{BASE_URL}/oauth2/authorize", params={"redirect_uri": REDIRECT_URI}).headers["location"]
    back = httpx.get(f"{page}&as_user={ANNA}").headers["location"]
    return parse_qs(urlsplit(back).query)["code"][0]


def equal(actual, expected):
    if actual != expected:
        raise SystemExit(f"{actual!r} instead of {expected!r}")


def main():
    body = SignIn(code=code(), redirect_uri=REDIRECT_URI)
    signed_in = oauth2_exchange.sync(client=Client(base_url=BASE_URL), body=body)
    equal(signed_in.user.global_name, "Anna")

    anna = holding(signed_in.token)
    me = session_current.sync(client=anna)
    equal((me.user_id, me.type_), (ANNA, "login"))

    made = session_create.sync(client=anna, body=ApiTokenCreate(name="Nightly backup", type_="api", expiry=3600))
    named = [session.name for session in session_list.sync(client=anna).sessions if session.id == made.session_id]
    equal(named, ["Nightly backup"])

    script = holding(made.token)
    equal(user_get.sync(client=script).id, ANNA)
    equal(session_delete.sync_detailed(made.session_id, client=anna).status_code, 204)
    equal(user_get.sync(client=script).code, "InvalidToken")

    app = app_create.sync(client=anna, body=AppCreate(name="Casebook"))
    granted = guild_authorization_put.sync_detailed(app.app.id, LIGHTHOUSE, client=anna, body=Grant(permissions=["VIEW_CASES"]))
    equal(granted.status_code, 201)
    this = app_self.sync(client=holding(app.token), with_guild_names=True)
    guilds = [(guild.guild_id, guild.name, guild.permissions) for guild in this.authorized_guilds]
    equal(guilds, [(LIGHTHOUSE, "Lighthouse", ["VIEW_CASES"])])
    wrong = app_create.sync_detailed(client=anna, body=AppCreate(name=""))
    equal((wrong.parsed.code, wrong.status_code), ("BadRequest", 400))

    print(f"Python: {me.user_id} signed in, a token was made and ended, {this.app.name} reads Lighthouse")


if __name__ == "__main__":
    main()
