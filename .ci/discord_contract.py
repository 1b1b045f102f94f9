#!/usr/bin/env python3
"""Checks the stand-in Discord against Discord's OpenAPI document, over HTTP.

    discord_contract.py --discord URL --spec openapi.contract.json
        [--client-id ID] [--client-secret SECRET] [--bot-token TOKEN] [--redirect URI]

Signs every seeded user in, calls every operation that the stand-in serves, provokes the errors, and validates each answer:
status, content type, rate-limit headers and body must be what the document declares for the operation. An operation of the
document that is neither called nor listed as not served is a failure too. What the flags leave out is asked of the stand-in.
The grants that the stand-in holds are gone afterwards. Needs the package jsonschema.
"""

import argparse
import base64
import hashlib
import html
import json
import os
import re
import secrets
import sys
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime

API = "/api/v10"
SCOPES = "identify email guilds connections guilds.members.read guilds.join"
# What guildpass does not use; the stand-in must say 404 as Discord does for what it does not know.
NOT_SERVED = {
    ("get", "/applications/@me"),
    ("get", "/guilds/{guild_id}"),
    ("get", "/guilds/{guild_id}/members/{user_id}"),
    ("delete", "/guilds/{guild_id}/members/{user_id}"),
    ("get", "/oauth2/applications/@me"),
    ("get", "/oauth2/keys"),
    ("get", "/oauth2/userinfo"),
    ("get", "/users/{user_id}"),
    ("delete", "/users/@me/guilds/{guild_id}"),
}


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, problems):
        problems = [problem for problem in problems if problem]
        if problems:
            self.failed += 1
            print(f"FAILED {name}")
            for problem in problems:
                print(f"       {problem}")
        else:
            self.passed += 1
            print(f"ok     {name}")

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def redirect(self):
        location = self.headers.get("Location") or ""
        return location, dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Client:
    """Sends requests to the stand-in; no proxies, no redirects."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)

    def send(self, method, path, query=None, form=None, body=None, authorization=None):
        url = self.url + path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = {"User-Agent": "DiscordBot (https://github.com/guildpass, 0.1.0) contract"}
        data = None
        if form is not None:
            data = urllib.parse.urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        if authorization:
            headers["Authorization"] = authorization
        request = urllib.request.Request(url, data=data, headers=headers, method=method.upper())
        try:
            with self.opener.open(request, timeout=30) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())


class Contract:
    """The document, and what it says of an answer."""

    def __init__(self, spec):
        from jsonschema import Draft202012Validator

        self.spec, self.validator, self.formats = spec, Draft202012Validator, formats()
        self.called = set()

    def operations(self):
        methods = {"get", "put", "post", "delete", "patch"}
        return {(method, path) for path, item in self.spec["paths"].items() for method in item if method in methods}

    def problems(self, method, path, answer):
        """What the document does not allow; `path` is its template."""
        self.called.add((method, path))
        responses = self.spec["paths"][path][method]["responses"]
        declared = responses.get(str(answer.status)) or responses.get(f"{answer.status // 100}XX")
        if declared is None:
            return [f"status {answer.status} is not declared: {answer.body[:300]!r}"]
        return self.against(self.resolved(declared), answer)

    def against(self, declared, answer):
        problems = [self.header_problem(name, header, answer) for name, header in declared.get("headers", {}).items()]
        content = declared.get("content", {}).get("application/json")
        if content is None:
            return problems + ([f"a body where none is declared: {answer.body[:300]!r}"] if answer.body else [])
        if answer.headers.get_content_type() != "application/json":
            return problems + [f"content type {answer.headers.get_content_type()}"]
        try:
            return problems + self.schema_problems(content["schema"], answer.json())
        except ValueError as error:
            return problems + [f"no JSON: {error}"]

    def header_problem(self, name, header, answer):
        text, schema = answer.headers.get(name), self.resolved(header)["schema"]
        if answer.status == 429 and answer.headers.get("X-RateLimit-Global"):
            return None
        if text is None:
            return f"header {name} is missing"
        try:
            value = {"integer": int, "number": float, "string": str}[schema["type"]](text)
        except ValueError:
            return f"header {name} is no {schema['type']}: {text!r}"
        return "; ".join(self.schema_problems(schema, value)) or None

    def schema_problems(self, schema, value):
        root = {"components": self.spec["components"], **schema}
        errors = self.validator(root, format_checker=self.formats).iter_errors(value)
        return [f"{error.json_path}: {error.message[:300]}" for error in list(errors)[:5]]

    def resolved(self, item):
        if "$ref" not in item:
            return item
        found = self.spec
        for part in item["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found


def formats():
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    whole = lambda value: isinstance(value, int) and not isinstance(value, bool)
    checker.checks("int32")(lambda value: not whole(value) or -(2**31) <= value < 2**31)
    checker.checks("int64")(lambda value: not whole(value) or -(2**63) <= value < 2**63)
    checker.checks("snowflake")(lambda value: not isinstance(value, str) or 0 <= int(value) < 2**64)
    checker.checks("uri")(lambda value: not isinstance(value, str) or bool(urllib.parse.urlsplit(value).scheme))
    checker.checks("date-time", raises=ValueError)(
        lambda value: not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None
    )
    return checker


class Run:
    """All checks against one stand-in."""

    def __init__(self, client, contract, report, application):
        self.client, self.contract, self.report = client, contract, report
        self.id, self.secret, self.bot_token, self.redirect = application

    # ── one call, one check

    def operation(self, name, expected, method, template, values=None, wanted=None, **request):
        """Calls an operation; its status must be the expected one, its answer as declared, its `code` or `error` the wanted."""
        path = template.format(**(values or {}))
        answer = self.client.send(method, API + path, **request)
        problems = self.contract.problems(method, template, answer)
        if answer.status != expected:
            problems.append(f"status {answer.status} in place of {expected}: {answer.body[:300]!r}")
        if wanted is not None and not problems:
            body = answer.json()
            got = body.get("error", body.get("code"))
            problems.append(None if got == wanted else f"{got!r} in place of {wanted!r}")
        self.report.check(f"{method.upper()} {template}: {name} [{expected}]", problems)
        return answer

    def rest(self, name, expected, path, token, **more):
        return self.operation(name, expected, "get", path, authorization=token and f"Bearer {token}", **more)

    def token(self, name, expected, form, wanted=None, credentials=True):
        if credentials:
            form = {"client_id": self.id, "client_secret": self.secret, **form}
        return self.operation(name, expected, "post", "/oauth2/token", form=form, wanted=wanted)

    def revoke(self, name, expected, form, wanted=None):
        form = {"client_id": self.id, "client_secret": self.secret, **form}
        return self.operation(name, expected, "post", "/oauth2/token/revoke", form=form, wanted=wanted)

    # ── signing in

    def ask(self, **changes):
        query = {"client_id": self.id, "redirect_uri": self.redirect, "response_type": "code", "scope": SCOPES, **changes}
        query = {name: value for name, value in query.items() if value is not None}
        return self.client.send("get", "/oauth2/authorize", query=query)

    def users(self):
        """The seeded users, read from the page."""
        page = self.ask()
        text = page.body.decode()
        ids = re.findall(r'name="as_user" value="(\d+)"', text)
        missing = [scope for scope in SCOPES.split() if f"<code>{html.escape(scope)}</code>" not in text]
        problems = [None if page.status == 200 else f"status {page.status}", None if ids else "nobody to choose"]
        problems += [f"scope {scope} is not shown" for scope in missing]
        self.report.check("the page offers the seeded users and shows the scopes", problems)
        return ids

    def code(self, user, **changes):
        state = secrets.token_urlsafe(12)
        location, params = self.ask(as_user=user, state=state, **changes).redirect()
        problems = [
            None if location.startswith(self.redirect) else f"redirected to {location!r}",
            None if params.get("state") == state else "the state is another",
            None if re.fullmatch(r"[0-9A-Za-z]{30}", params.get("code", "")) else "the code is not 30 letters and digits",
        ]
        self.report.check(f"user {user} is sent back with code and state", problems)
        return params.get("code", "")

    def grant(self, code, **more):
        return {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect, **more}

    def sign_in(self, user):
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        code = self.code(user, code_challenge=challenge, code_challenge_method="S256")
        tokens = self.token("a code with its verifier", 200, self.grant(code, code_verifier=verifier)).json()
        granted = set(tokens.get("scope", "").split())
        self.report.check(
            "all scopes are granted", [None if granted >= set(SCOPES.split()) else f"granted: {sorted(granted)}"]
        )
        return tokens

    # ── the checks

    def everything_a_user_can_do(self, user):
        tokens = self.sign_in(user)
        access = tokens["access_token"]
        me = self.rest("with all scopes", 200, "/users/@me", access).json()
        self.report.check("it is the right user", [None if me["id"] == user else f"{me['id']} in place of {user}"])
        self.rest("with user", 200, "/oauth2/@me", access)
        self.rest("with its scope", 200, "/users/@me/connections", access)
        guilds = self.rest("all", 200, "/users/@me/guilds", access).json()
        self.rest("with counts", 200, "/users/@me/guilds", access, query={"with_counts": "true"})
        self.pages(access, guilds)
        for guild in guilds[:3]:
            values = {"guild_id": guild["id"]}
            self.rest("of a member", 200, "/users/@me/guilds/{guild_id}/member", access, values=values)
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        renewed = self.token("a refresh token", 200, refresh).json()
        self.token("a rotated refresh token", 400, refresh, "invalid_grant")
        self.revoke("by refresh token", 200, {"token": renewed["refresh_token"], "token_type_hint": "refresh_token"})
        for path in ("/users/@me", "/users/@me/guilds", "/users/@me/connections", "/oauth2/@me"):
            self.rest("with a revoked token", 401, path, renewed["access_token"], wanted=0)
        return user, guilds

    def pages(self, access, guilds):
        """Pages forward by 7, at most as often as 200 guilds allow, until a page is empty."""
        seen, after = [], "0"
        for _ in range(200 // 7 + 2):
            query = {"after": after, "limit": "7", "with_counts": "true"}
            page = self.client.send("get", API + "/users/@me/guilds", query=query, authorization=f"Bearer {access}").json()
            if not page:
                break
            seen += [guild["id"] for guild in page]
            after = page[-1]["id"]
        everything = [guild["id"] for guild in guilds]
        self.report.check("paging sees every guild once", [None if seen == everything else f"{len(seen)} of {len(everything)}"])

    def token_errors(self, user):
        code = self.code(user)
        none = "unsupported_grant_type"
        self.token("no grant type", 400, {}, none)
        self.operation("a JSON body", 400, "post", "/oauth2/token", body={"grant_type": "refresh_token"}, wanted=none)
        self.token("another grant type", 400, {"grant_type": "password"}, none)
        self.token("no code", 400, {"grant_type": "authorization_code"}, "invalid_request")
        self.token("another redirect URI", 400, self.grant(code, redirect_uri=self.redirect + "x"))
        self.token("an unknown code", 400, self.grant("unknown"), "invalid_grant")
        self.token("an unknown refresh token", 400, {"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant")
        self.token("a wrong secret", 401, self.grant(code, client_secret="wrong"), "invalid_client")
        self.token("an unknown client", 401, self.grant(code, client_id="1"), "invalid_client")
        self.token("neither secret nor verifier", 400, self.grant(code, client_id=self.id), "invalid_request", False)
        self.token("a code", 200, self.grant(code))
        self.token("the same code again", 400, self.grant(code), "invalid_grant")
        owner = {"grant_type": "client_credentials"}
        self.token("client credentials", 200, {**owner, "scope": "identify"})
        self.token("client credentials without scope", 400, owner, "invalid_scope")

    def pkce_errors(self, user):
        verifier = "v" * 43
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        code = self.code(user, code_challenge=challenge, code_challenge_method="S256")
        self.token("no verifier", 400, self.grant(code), "invalid_request")
        self.token("a verifier of 42", 400, self.grant(code, code_verifier="v" * 42), "invalid_request")
        self.token("another verifier", 400, self.grant(code, code_verifier="w" * 43), "invalid_grant")

    def basic_authentication(self, user):
        credentials = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        form = self.grant(self.code(user))
        path = "/oauth2/token"
        self.operation("by header", 200, "post", path, form=form, authorization=f"Basic {credentials}")
        self.operation("by a bad header", 401, "post", path, form=form, authorization="Basic !", wanted="invalid_client")

    def revoke_errors(self):
        self.revoke("an unknown token", 200, {"token": "unknown"})
        self.revoke("no token", 400, {}, "invalid_request")
        self.revoke("a bad hint", 400, {"token": "x", "token_type_hint": "x"}, "unsupported_token_type")
        self.revoke("a wrong secret", 401, {"token": "x", "client_secret": "wrong"}, "invalid_client")

    def authorize_errors(self):
        cases = {
            "access_denied": {"as_user": "cancel"},
            "invalid_scope": {"scope": "identify nonsense"},
            "invalid_request": {"response_type": None},
        }
        for error, changes in cases.items():
            location, params = self.ask(state="s t", **changes).redirect()
            right = location.startswith(self.redirect) and params.get("error") == error and params.get("state") == "s t"
            self.report.check(f"GET /oauth2/authorize: {error}", [None if right else f"redirected to {location!r}"])
        for name, changes in {"redirect_uri": {"redirect_uri": self.redirect + "/"}, "client_id": {"client_id": "1"}}.items():
            answer = self.ask(**changes)
            right = answer.status == 400 and not answer.headers.get("Location")
            self.report.check(f"GET /oauth2/authorize: another {name}", [None if right else f"status {answer.status}"])

    def rest_errors(self, user):
        access = self.token("a code", 200, self.grant(self.code(user))).json()["access_token"]
        for limit in ("0", "201", "x"):
            self.rest(f"limit={limit}", 400, "/users/@me/guilds", access, query={"limit": limit}, wanted=50035)
        self.rest("after=x", 400, "/users/@me/guilds", access, query={"after": "x"}, wanted=50035)
        member = "/users/@me/guilds/{guild_id}/member"
        self.rest("of a stranger", 404, member, access, values={"guild_id": "1"}, wanted=10004)
        self.rest("of no snowflake", 400, member, access, values={"guild_id": "x"}, wanted=50035)
        self.rest("without a token", 401, "/users/@me", None, wanted=0)
        code = self.code(user, grant_scopes="openid")
        scopeless = self.token("a code with fewer scopes", 200, self.grant(code)).json()["access_token"]
        for path in ("/users/@me", "/users/@me/guilds", "/users/@me/connections"):
            self.rest("without its scope", 401, path, scopeless)
        self.rest("without user", 200, "/oauth2/@me", scopeless)
        self.operation("by the bot", 401, "get", "/oauth2/@me", authorization=f"Bot {self.bot_token}")

    def joining(self, newcomer, full, guild):
        """A user in no guild joins; `full` is in 200."""
        template, bot = "/guilds/{guild_id}/members/{user_id}", f"Bot {self.bot_token}"
        values = {"guild_id": guild, "user_id": newcomer}
        self.client.send("put", "/__control/member", body={**values, "permissions": None})
        access = self.token("a code", 200, self.grant(self.code(newcomer))).json()["access_token"]

        def join(name, expected, wanted=None, values=values, authorization=bot, body=None):
            body = {"access_token": access} if body is None else body
            more = {"authorization": authorization, "body": body, "wanted": wanted}
            self.operation(name, expected, "put", template, values, **more)

        join("without a token", 400, 50035, body={})
        join("a nick of 33", 400, 50035, body={"access_token": access, "nick": "n" * 33})
        join("broken JSON", 400, 50109, body=b"{")
        join("a dead token", 403, 50025, body={"access_token": "dead"})
        join("another's token", 403, 50025, values={**values, "user_id": full})
        join("an unknown guild", 404, 10004, values={**values, "guild_id": "1"})
        join("by a user", 401, 0, authorization=f"Bearer {access}")
        join("a newcomer", 201)
        join("a member", 204)
        fulls = self.token("a code", 200, self.grant(self.code(full))).json()["access_token"]
        join("a user with 200 guilds", 400, 30001, values={**values, "user_id": full}, body={"access_token": fulls})
        self.client.send("put", "/__control/member", body={**values, "permissions": None})

    def the_bot(self):
        bot = f"Bot {self.bot_token}"
        self.operation("the bot", 200, "get", "/users/@me", authorization=bot)
        self.operation("the bot", 403, "get", "/users/@me/connections", authorization=bot, wanted=20001)
        return self.operation("the bot's", 200, "get", "/users/@me/guilds", authorization=bot).json()

    def faults(self):
        limited = {"form": "json", "retry_after": 65}
        cases = [
            ("identify", "get", "/users/@me", {"rate_limited": limited}, 429),
            ("identify", "get", "/users/@me", {"rate_limited": {**limited, "global": True}}, 429),
            ("token", "post", "/oauth2/token", {"rate_limited": limited}, 429),
            ("revoke", "post", "/oauth2/token/revoke", {"rate_limited": limited}, 429),
        ]
        for route, method, template, fault, status in cases:
            self.client.send("put", "/__control/faults", body={"route": route, "fault": fault, "times": 1})
            self.operation("by a fault switch", status, method, template, form={} if method == "post" else None)

    def unknown(self):
        """What is not served, and what Discord does not have."""
        error = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorResponse"}}}}
        for method, template in sorted(NOT_SERVED):
            answer = self.client.send(method, API + template.format(guild_id=1, user_id=1))
            problems = self.contract.against(error, answer)
            problems.append(None if answer.status in (404, 405) else f"status {answer.status}")
            self.report.check(f"{method.upper()} {template}: not served", problems)
        for method, path, status in (("get", "/nothing", 404), ("delete", "/users/@me", 405)):
            answer = self.client.send(method, API + path)
            problems = self.contract.against(error, answer)
            problems.append(None if answer.status == status else f"status {answer.status}")
            self.report.check(f"{method.upper()} {path} [{status}]", problems)

    def coverage(self):
        left_out = self.contract.operations() - self.contract.called - NOT_SERVED
        problems = [f"{method.upper()} {path} was not called" for method, path in sorted(left_out)]
        self.report.check("every operation of the document is called or known not to be served", problems)

    def all(self):
        guilds = dict(self.everything_a_user_can_do(user) for user in self.users())
        newcomer = next(user for user, found in guilds.items() if not found)
        full = max(guilds, key=lambda user: len(guilds[user]))
        bots = {guild["id"] for guild in self.the_bot() if int(guild["permissions"]) & 1}
        member, guild = next((user, one["id"]) for user, found in guilds.items() for one in found if one["id"] in bots)
        self.authorize_errors()
        self.token_errors(member)
        self.pkce_errors(member)
        self.basic_authentication(member)
        self.rest_errors(member)
        self.revoke_errors()
        self.joining(newcomer, full, guild)
        self.faults()
        self.unknown()
        self.coverage()
        for user in guilds:
            self.client.send("post", "/__control/revoke", body={"user_id": user})


def arguments():
    parser = argparse.ArgumentParser(description="Checks the stand-in Discord against Discord's OpenAPI document.")
    parser.add_argument("--discord", required=True, metavar="URL", help="where the stand-in listens")
    parser.add_argument("--spec", required=True, metavar="FILE", help="the OpenAPI document")
    parser.add_argument("--client-id", metavar="ID")
    parser.add_argument("--client-secret", metavar="SECRET")
    parser.add_argument("--bot-token", metavar="TOKEN")
    parser.add_argument("--redirect", metavar="URI", help="a registered redirect URI")
    return parser.parse_args()


def main():
    given = arguments()
    if not os.path.exists(given.spec):
        print(f"SKIPPED: there is no {given.spec}; the stand-in Discord was NOT checked against Discord's document")
        return 0
    with open(given.spec, encoding="utf-8") as file:
        contract = Contract(json.load(file))
    client, report = Client(given.discord), Report()
    known = client.send("get", "/__control/application").json()
    web = [uri for uri in known["redirect_uris"] if uri.startswith("http")]
    application = (
        given.client_id or known["client_id"],
        given.client_secret or known["client_secret"],
        given.bot_token or known["bot_token"],
        given.redirect or web[0],
    )
    try:
        Run(client, contract, report, application).all()
    except (KeyError, TypeError, ValueError, StopIteration, OSError) as error:
        report.check("the run comes to its end", [f"{type(error).__name__}: {error}"])
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
