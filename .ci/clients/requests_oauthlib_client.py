#!/usr/bin/env python3
"""A Discord client that is not ours against the stand-in Discord: requests-oauthlib, of which starlette-discord is a port.

    requests_oauthlib_client.py --discord http://127.0.0.1:PORT

Does each thing that guildpass asks Discord for, prints a line for each check and ends non-zero if one failed. Ids and secrets are
asked of the stand-in.
"""

import argparse
import os
import sys

import requests
from oauthlib.oauth2 import InvalidGrantError
from requests_oauthlib import OAuth2Session

# The stand-in speaks plain HTTP, and Discord may grant more than was asked for.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"

ANNA, BEN, EMIL, FAY, GWEN = (
    "158908186768937126",
    "353355351799783517",
    "870591134395772943",
    "1141840098770477217",
    "1204205703024488595",
)
LIGHTHOUSE = "272120529715212344"
SCOPES = ["identify", "guilds", "connections", "guilds.join"]
ADMINISTRATOR, MANAGE_GUILD = 0x8, 0x20

passed = failed = 0


def check(what, holds, note=""):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    print(f"{'ok     ' if holds else 'FAILED '} {what} {note if not holds else ''}", flush=True)


class StandIn:
    def __init__(self, url):
        self.url, self.api = url, f"{url}/api/v10"
        self.application = requests.get(f"{url}/__control/application", timeout=10).json()

    def session(self, scopes=SCOPES, **more):
        redirect_uri = self.application["redirect_uris"][0]
        return OAuth2Session(self.application["client_id"], redirect_uri=redirect_uri, scope=scopes, **more)

    def fetch(self, session, back):
        secret = self.application["client_secret"]
        return session.fetch_token(f"{self.api}/oauth2/token", authorization_response=back, client_secret=secret, timeout=10)

    def sign_in(self, user, scopes=SCOPES):
        session = self.session(scopes)
        page, _state = session.authorization_url(f"{self.url}/oauth2/authorize", as_user=user)
        back = requests.get(page, allow_redirects=False, timeout=10).headers["location"]
        self.fetch(session, back)
        return session, back

    def add(self, user, access_token, **more):
        headers = {"Authorization": f"Bot {self.application['bot_token']}"}
        body = {"access_token": access_token, **more}
        return requests.put(f"{self.api}/guilds/{LIGHTHOUSE}/members/{user}", headers=headers, json=body, timeout=10)


def tokens(discord):
    session, back = discord.sign_in(ANNA)
    check("sign in: the scopes", sorted(session.token["scope"]) == sorted(SCOPES), session.token["scope"])
    try:
        discord.fetch(session, back)
        check("sign in: the code is used up", False)
    except InvalidGrantError:
        check("sign in: the code is used up", True)

    session, _back = discord.sign_in(ANNA)
    old = session.token["refresh_token"]
    auth = (discord.application["client_id"], discord.application["client_secret"])
    renewed = session.refresh_token(f"{discord.api}/oauth2/token", auth=auth, timeout=10)
    check("refresh: another refresh token", renewed["refresh_token"] != old)
    check("refresh: the token works", session.get(f"{discord.api}/users/@me", timeout=10).json()["id"] == ANNA)
    try:
        session.refresh_token(f"{discord.api}/oauth2/token", refresh_token=old, auth=auth, timeout=10)
        check("refresh: the old one is dead", False)
    except InvalidGrantError:
        check("refresh: the old one is dead", True)


def reads(discord):
    anna, _back = discord.sign_in(ANNA)
    emil, _back = discord.sign_in(EMIL)
    ben, _back = discord.sign_in(BEN, ["identify"])
    get = lambda session, path: session.get(f"{discord.api}{path}", timeout=10)

    me = get(anna, "/users/@me").json()
    check("identify: who it is", (me["id"], me["username"]) == (ANNA, "anna.lindqvist"), me)

    guilds = get(emil, "/users/@me/guilds").json()
    check("guilds: all of Emil's", len(guilds) == 200, len(guilds))
    check("guilds: names of 100 characters", {len(guild["name"]) for guild in guilds} == {100})
    manages = [guild for guild in guilds if guild["owner"] or int(guild["permissions"]) & (ADMINISTRATOR | MANAGE_GUILD)]
    check("guilds: those that Emil may manage", len(manages) == 80, len(manages))
    check("guilds: permissions above 2^53", sum(int(guild["permissions"]) > 1 << 53 for guild in guilds) == 40)
    refused = get(ben, "/users/@me/guilds")
    check("guilds: not without the scope", (refused.status_code, refused.json()["code"]) == (401, 0), refused.text)

    connections = get(anna, "/users/@me/connections").json()
    check("connections: Anna's", [one["type"] for one in connections] == ["github", "twitch"], connections)

    current = get(anna, "/oauth2/@me").json()
    check("authorization: the application", current["application"]["id"] == discord.application["client_id"], current)
    check("authorization: the scopes", sorted(current["scopes"]) == sorted(SCOPES), current)
    check("authorization: the user", current["user"]["id"] == ANNA, current)


def joins(discord):
    token = lambda user: discord.sign_in(user)[0].token["access_token"]
    fay = token(FAY)
    # Another client may have been here before.
    out = {"guild_id": LIGHTHOUSE, "user_id": FAY, "permissions": None}
    requests.put(f"{discord.url}/__control/member", json=out, timeout=10).raise_for_status()
    joined = discord.add(FAY, fay, nick="Fay of Lighthouse")
    check("add member: joined", joined.status_code == 201, joined.text)
    check("add member: the name there", joined.ok and joined.json()["nick"] == "Fay of Lighthouse", joined.text)
    again = discord.add(FAY, fay)
    check("add member: already in", (again.status_code, again.text) == (204, ""), again.text)
    for what, user, access_token, expected in [
        ("banned", GWEN, token(GWEN), (403, 40007)),
        ("in too many", EMIL, token(EMIL), (400, 30001)),
        ("a dead token", FAY, "dead", (403, 50025)),
        ("somebody else's token", ANNA, fay, (403, 50025)),
    ]:
        refused = discord.add(user, access_token)
        check(f"add member: {what}", (refused.status_code, refused.json()["code"]) == expected, refused.text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--discord", required=True, help="where the stand-in Discord answers")
    discord = StandIn(parser.parse_args().discord)
    tokens(discord)
    reads(discord)
    joins(discord)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
