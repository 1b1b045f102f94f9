#!/usr/bin/env python3
"""An OAuth client that is not ours signs in to a running guildpass: Authlib, with state and PKCE, over both kinds of redirect.

guildpass takes and gives JSON of its own at POST /oauth2; two hooks tell Authlib so, and nothing else is special.
"""

import argparse
import json
import sys
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

passed = failed = 0


def check(what, holds, note=""):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    print(f"{'ok     ' if holds else 'FAILED '} {what} {note if not holds else ''}", flush=True)


def ended():
    """Says how many held; how the program ends."""
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def as_json(_client, _method, url, headers, body):
    form = {key: values[0] for key, values in parse_qs(body).items()}
    known = {key: form[key] for key in ("code", "redirect_uri", "code_verifier") if key in form}
    return url, {**headers, "Content-Type": "application/json"}, json.dumps(known)


def as_oauth(response):
    answer = response.json()
    if response.ok:
        answer |= {"access_token": answer["token"], "token_type": "Bearer"}
    else:
        answer |= {"error": answer["code"], "error_description": answer["message"]}
    response._content = json.dumps(answer).encode()
    return response


def client(redirect_uri):
    session = OAuth2Session("a front end", redirect_uri=redirect_uri, code_challenge_method="S256", token_endpoint_auth_method=as_json)
    session.register_compliance_hook("access_token_response", as_oauth)
    return session


def redirected(url):
    return requests.get(url, allow_redirects=False, timeout=10).headers["location"]


def journey(api, user, redirect_uri, kind):
    session, verifier = client(redirect_uri), generate_token(64)
    page, state = session.create_authorization_url(f"{api}/oauth2/authorize", code_verifier=verifier)
    back = redirected(f"{redirected(page)}&as_user={user}")
    check(f"{kind}: comes back to the redirect", back.startswith(redirect_uri), back)
    check(f"{kind}: with the state", parse_qs(urlsplit(back).query)["state"] == [state])
    token = session.fetch_token(f"{api}/oauth2", authorization_response=back, state=state, code_verifier=verifier)
    me = session.get(f"{api}/sessions/@me", timeout=10).json()
    check(f"{kind}: the token is the user's", (me["user_id"], me["type"]) == (user, kind), me)
    try:
        client(redirect_uri).fetch_token(f"{api}/oauth2", authorization_response=back, state=state, code_verifier=verifier)
        check(f"{kind}: the code is used up", False)
    except OAuthError as error:
        check(f"{kind}: the code is used up", error.error == "InvalidCode", error)
    ended = session.delete(f"{api}/sessions/@me", timeout=10).status_code
    refused = requests.get(f"{api}/sessions/@me", headers={"Authorization": f"Bearer {token['access_token']}"}, timeout=10)
    check(f"{kind}: signed out at once", (ended, refused.status_code) == (204, 401), refused.text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--api", required=True, help="where guildpass answers")
    parser.add_argument("--user", default="158908186768937126", help="who signs in (default: the first seeded user)")
    flags = parser.parse_args()
    journey(flags.api, flags.user, "http://localhost:3000/callback", "login")
    journey(flags.api, flags.user, "guildpass://callback", "app_login")
    return ended()


if __name__ == "__main__":
    sys.exit(main())
