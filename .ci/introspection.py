#!/usr/bin/env python3
"""A service that is not ours asks a running guildpass about tokens: Authlib's client and validator for RFC 7662.

Its own credential is the token of a trusted app: sent as a bearer token (RFC 7662, section 2.1), and with the app's id as
client_secret_basic (RFC 6749, section 2.3.1).
"""

import argparse
import sys
import time
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749 import ResourceProtector
from authlib.oauth2.rfc6750.errors import InvalidTokenError
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from journey import check, ended, redirected

REDIRECT_URI = "http://localhost:3000/callback"
OPERATOR, DEVELOPER, USER = "158908186768937126", "353355351799783517", "514918849632718857"


def sign_in(api, user):
    """A session's token."""
    back = redirected(redirected(f"{api}/oauth2/authorize?redirect_uri={REDIRECT_URI}") + f"&as_user={user}")
    code = parse_qs(urlsplit(back).query)["code"][0]
    return requests.post(f"{api}/oauth2", json={"code": code, "redirect_uri": REDIRECT_URI}, timeout=10).json()


def call(api, method, path, token, **body):
    answer = requests.request(method, api + path, headers={"Authorization": f"Bearer {token}"}, timeout=10, **body)
    answer.raise_for_status()
    return answer.json() if answer.content else None


class Validator(IntrospectTokenValidator):
    def __init__(self, ask):
        super().__init__()
        self.ask = ask

    def introspect_token(self, token_string):
        return self.ask(token_string)


class Request:
    """What a framework gives Authlib of a request."""

    def __init__(self, token):
        self.headers = {"Authorization": f"Bearer {token}"}


def lets_in(protector, token):
    validator, token_string = protector.parse_request_authorization(Request(token))
    found = validator.authenticate_token(token_string)
    try:
        validator.validate_token(found, None, None)
    except InvalidTokenError:
        return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--api", required=True, help="where guildpass answers")
    api = parser.parse_args().api

    developer, operator, user = (sign_in(api, who)["token"] for who in (DEVELOPER, OPERATOR, USER))
    app = call(api, "POST", "/apps", developer, json={"name": "A service"})
    bearer = {"token": app["token"]}

    def as_the_app(_client, _method, url, headers, body):
        return url, {**headers, "Authorization": f"Bearer {bearer['token']}"}, body

    client = OAuth2Session("a service", token_endpoint_auth_method=as_the_app)

    def ask(token, client=client):
        return client.introspect_token(f"{api}/introspect", token=token, token_type_hint="access_token")

    def basic(token):
        return OAuth2Session(app["app"]["id"], token, token_endpoint_auth_method="client_secret_basic")

    refused = ask(user)
    check("an app that nobody trusts is refused", refused.status_code == 403, refused.text)
    call(api, "PUT", f"/apps/{app['app']['id']}/trusted", operator, json={"trusted": True})
    said = ask(user, basic(app["token"]))
    check("client_secret_basic is taken too", said.status_code == 200 and said.json()["sub"] == USER, said.text)
    said = ask(user, basic(app["token"][:-1] + ("0" if app["token"][-1] != "0" else "1")))
    check("a wrong secret is 401, for Basic", (said.status_code, said.headers.get("WWW-Authenticate", "")[:5]) == (401, "Basic"), said.text)

    given = call(api, "POST", "/sessions", user, json={"name": "A script", "type": "api", "expiry": 600})
    said = ask(given["token"]).json()
    check("an API token is active, and its user's", said["active"] is True and said["sub"] == USER, said)
    check("with the session and its type", (said["jti"], said["session_type"]) == (given["session_id"], "api"), said)
    check("its times are epoch seconds", 0 <= said["iat"] - time.time() + 60 and 590 <= said["exp"] - said["iat"] <= 600, said)
    check("an app's own token is active", ask(app["token"]).json().get("client_id") == app["app"]["id"])
    check("garbage is not active, and nothing else", ask("garbage").json() == {"active": False})

    protector = ResourceProtector()
    protector.register_token_validator(Validator(lambda token: ask(token).json()))
    check("Authlib's resource protector lets the token in", lets_in(protector, given["token"]))
    call(api, "DELETE", f"/sessions/{given['session_id']}", user)
    check("a revoked token is not active", ask(given["token"]).json() == {"active": False})
    check("and the protector refuses it", not lets_in(protector, given["token"]))

    check("an operator's session may ask too", call(api, "POST", "/introspect", operator, data={"token": user})["active"] is True)
    call(api, "PUT", f"/users/{USER}/state", operator, json={"state": "banned"})
    check("a banned user's token is not active", ask(user).json() == {"active": False})
    call(api, "PUT", f"/users/{USER}/state", operator, json={"state": "normal"})
    bearer["token"] = call(api, "POST", f"/apps/{app['app']['id']}/token", developer)["token"]
    check("asking goes on with the app's new token", ask(user).json()["active"] is True)
    check("the app's old token is not active", ask(app["token"]).json() == {"active": False})

    return ended()


if __name__ == "__main__":
    sys.exit(main())
