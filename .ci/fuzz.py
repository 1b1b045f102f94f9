#!/usr/bin/env python3
"""schemathesis asks a running guildpass all that the API reference says, and much that it does not say.

What schemathesis makes up knows no user, no app and no token. So that requests get further than the door, each one is given a
credential that lives at that moment, of a kind that the operation takes, and mostly ids of what is there. What was made to be
refused stays as it is. In the end a table tells what was answered; an operation that never did anything is a failure.
"""

import argparse
import base64
import collections
import hashlib
import pathlib
import random
import re
import sys
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
import schemathesis
from schemathesis.cli import schemathesis as command_line
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import EnsureResourceAvailability

ANNA = "158908186768937126"  # an operator
BEN = "353355351799783517"  # whose requests these are; manages Lighthouse
DAVE = "697645025269751825"  # whom operators do something to
LIGHTHOUSE = "272120529715212344"
WEB, NATIVE = "http://localhost:3000/callback", "guildpass://callback"
SCOPES = "connections guilds.join"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
# An API token makes API tokens that live no longer than itself: with this one, any.
FOR_EVER = 9223372036854775
# Below the 25 apps and 100 API tokens that a user may have, and more than one scenario makes.
MOST_APPS, MOST_API_TOKENS = 15, 60
COOKIE = "__Host-guildpass"
# Stands where a credential belongs, until the moment of the request.
TO_COME = "a credential"
# The catalogue is the operator's, and no part of the document.
PERMISSIONS = {
    "guild-authorization-put": ["VIEW_CASES", "MANAGE_CASES", "VIEW_SETTINGS", "MANAGE_SETTINGS", "VIEW_STATISTICS"],
    "user-authorization-put": ["READ_PROFILE", "READ_OWN_CASES", "MANAGE_REMINDERS"],
}
FLAGS = {"withGuildNames", "refresh", "deep"}
# Joiners, variation selectors and tags: where they belong in a name depends on their neighbours, which no pattern says.
JOINING = re.compile("[\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e01ef]")
# After these, sessions may be gone, and after all others that take something away, what the app has.
ENDS_SESSIONS = {
    "session-delete", "session-delete-all", "user-delete", "user-disconnect", "user-sessions-delete", "user-state-put",
}  # fmt: skip
ENDS_APP = {"app-token-regenerate", "app-deauthorize"}


class Failure(Exception):
    """The service is not as the requests need it."""


def challenge(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class World:
    """Ben, with sessions of every kind and a trusted app that is authorized on his guild and for himself; and an operator."""

    def __init__(self, api):
        self.api, self.http = api, requests.Session()
        self.apps, self.api_tokens = collections.deque(), collections.deque()
        self.known = {"app_id": set(), "session_id": {"@me"}, "guild_id": {LIGHTHOUSE}, "user_id": {BEN, DAVE}}
        self.gone = set()
        self.cursors = {}
        self.has_session = self.has_app = False
        self.random = random.Random(6)

    def ask(self, method, path, token=None, body=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.http.request(method, self.api + path, headers=headers, json=body, timeout=10)
        if not answer.ok:
            raise Failure(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def redirected(self, url, **query):
        return self.http.get(url, params=query, allow_redirects=False, timeout=10).headers["location"]

    def code(self, user, redirect_uri, verifier=None):
        query = {"redirect_uri": redirect_uri, "scope": SCOPES}
        if verifier:
            query |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
        page = self.redirected(f"{self.api}/oauth2/authorize", **query)
        back = self.redirected(page, as_user=user)
        return parse_qs(urlsplit(back).query)["code"][0]

    def sign_in(self, user, redirect_uri=WEB, verifier=None):
        body = {"code": self.code(user, redirect_uri, verifier), "redirect_uri": redirect_uri, "code_verifier": verifier}
        return self.ask("POST", "/oauth2", body=body)["token"]

    def renew(self):
        """Makes good what the last request may have ended."""
        if not self.has_session:
            self.renew_sessions()
        if not self.has_app:
            self.renew_app()

    def renew_sessions(self):
        self.operator = self.sign_in(ANNA)
        self.ask("PUT", f"/users/{BEN}/state", self.operator, {"state": "normal"})
        self.login, self.app_login = self.sign_in(BEN), self.sign_in(BEN, NATIVE, VERIFIER)
        given = self.ask("POST", "/sessions", self.login, {"name": "A script", "type": "api", "expiry": FOR_EVER})
        self.api_token, self.session_id = given["token"], given["session_id"]
        self.keep_session(self.session_id)
        self.has_session = True

    def renew_app(self):
        made = self.ask("POST", "/apps", self.login, {"name": "An app"})
        self.app_token, self.app_id = made["token"], made["app"]["id"]
        self.keep_app(self.app_id)
        self.ask("PUT", f"/apps/{self.app_id}/trusted", self.operator, {"trusted": True})
        for subject, permission in (f"guilds/{LIGHTHOUSE}", "VIEW_CASES"), ("users/@me", "READ_PROFILE"):
            self.ask("PUT", f"/apps/{self.app_id}/{subject}", self.login, {"permissions": [permission]})
        self.cursors.clear()
        self.has_app = True

    def keep_app(self, app_id):
        self.known["app_id"].add(app_id)
        self.apps.append(app_id)
        self.make_room("/apps", self.apps, MOST_APPS, self.app_id)

    def keep_session(self, session_id):
        self.known["session_id"].add(session_id)
        self.api_tokens.append(session_id)
        self.make_room("/sessions", self.api_tokens, MOST_API_TOKENS, self.session_id)

    def make_room(self, path, ids, most, ours):
        """Ends the oldest of what was made, whether it is still there or not; but not what the next requests need."""
        while len(ids) > most:
            oldest = ids.popleft()
            if oldest == ours:
                ids.append(oldest)
            else:
                self.http.delete(f"{self.api}{path}/{oldest}", headers={"Authorization": f"Bearer {self.login}"}, timeout=10)

    def credential(self, security):
        """A token that opens that door, and whether it goes into the cookie: another one each time."""
        needed = security[0]
        if "app" in needed:
            return self.app_token, False
        tokens = {
            ("operator",): [self.operator],
            ("login",): [self.login],
            ("login", "app_login"): [self.login, self.app_login],
            (): [self.login, self.app_login, self.api_token],
        }[tuple(needed["session"])]
        kinds = [(token, False) for token in tokens]
        if any("cookie" in way for way in security):
            kinds.append((tokens[0], True))
        return self.random.choice(kinds)

    def id(self, parameter, operation_id):
        """One that is there, and mostly leads to something."""
        user_id = BEN if operation_id == "app-user-get" else DAVE
        return {"app_id": self.app_id, "session_id": self.session_id, "guild_id": LIGHTHOUSE, "user_id": user_id}[parameter]


world = None
answers = collections.defaultdict(collections.Counter)


def about(operation):
    return operation.definition.raw


def is_meant(case, location):
    """Whether that part of the request is as the document wants it."""
    return case.meta is not None and not case.meta.is_negative_at(location)


def is_read_leniently(name, value):
    """A boolean is read in other spellings than the document's too: one of those is not refused."""
    return name in FLAGS and not isinstance(value, bool) and str(value).lower() in {"true", "false", "0", "1"}


@schemathesis.hook
def filter_query(context, query):
    """Beyond 10 KiB it is API Gateway that answers."""
    query = query or {}
    return len(urlencode(query, errors="replace")) < 8192 and not any(is_read_leniently(*pair) for pair in query.items())


@schemathesis.auth(refresh_interval=None)
class Credential:
    """schemathesis asks for credentials long before it sends them: until then, a word stands for each."""

    def get(self, case, context):
        security = about(context.operation)["security"]
        return TO_COME if security and {} not in security else None

    def set(self, case, data, context):
        case.headers["Authorization"] = data
        case.cookies.pop(COOKIE, None)


@schemathesis.hook
def before_call(context, case, kwargs):
    world.renew()
    operation_id = about(case.operation)["operationId"]
    if case.headers.get("Authorization") == TO_COME:
        give_credential(case)
    if is_meant(case, ParameterLocation.PATH):
        give_ids(case, operation_id)
    if is_meant(case, ParameterLocation.QUERY):
        mend_query(case, operation_id)
    if is_meant(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        mend_body(case, operation_id)


def give_credential(case):
    token, is_cookie = world.credential(about(case.operation)["security"])
    if is_cookie:
        del case.headers["Authorization"]
        case.headers["Origin"] = world.api
        case.cookies[COOKIE] = token
    else:
        case.headers["Authorization"] = f"Bearer {token}"


def give_ids(case, operation_id):
    """Three of four made-up ids become such as are there. Those that came out of an answer are part of a story, and stay."""
    for name, value in case.path_parameters.items():
        if value not in world.known[name] and world.random.random() < 0.75:
            case.path_parameters[name] = world.id(name, operation_id)


def mend_query(case, operation_id):
    """What the document has no words for: which parameters go together, and which values are the operator's."""
    query = case.query
    if operation_id == "app-deauthorize":
        subject = "guildId" if "guildId" in query else "userId"
        case.query = {subject: {"guildId": LIGHTHOUSE, "userId": BEN}[subject]}
    if operation_id == "oauth2-authorize":
        if "code_challenge" in query or "code_challenge_method" in query:
            query |= {"code_challenge": challenge(VERIFIER), "code_challenge_method": "S256"}
        if "redirect_uri" in query:
            query["redirect_uri"] = NATIVE if "code_challenge" in query else WEB
        if "scope" in query:
            query["scope"] = SCOPES
    # A cursor is sealed, and of one list: nobody makes one up.
    if query.pop("cursor", None) and case.formatted_path in world.cursors:
        query["cursor"] = world.cursors[case.formatted_path]


def mend_body(case, operation_id):
    body = case.body
    # The suite tries joiners. A name of joiners alone becomes one that shows something.
    for field in ("name", "reason"):
        if isinstance(body.get(field), str) and JOINING.search(body[field]):
            body[field] = JOINING.sub("", body[field]).strip() or "-"
    if operation_id in PERMISSIONS:
        catalogue = PERMISSIONS[operation_id]
        body["permissions"] = catalogue[: len(body["permissions"])]
    # JSON Schema calls 465.0 an integer, we do not.
    if isinstance(body.get("expiry"), float):
        body["expiry"] = int(body["expiry"])
    # An end is given in one way, and lies ahead.
    if body.get("until") is not None:
        body["until"] = "9999-01-01T00:00:00Z"
        body.pop("expiry", None)
    if operation_id == "oauth2-exchange":
        verifier = body.get("code_verifier")
        body["redirect_uri"] = NATIVE if verifier else WEB
        body["code"] = world.code(BEN, body["redirect_uri"], verifier)


@schemathesis.hook
def after_call(context, case, response):
    answers[case.operation.label][response.status_code] += 1
    if not 200 <= response.status_code < 300:
        return
    operation_id = about(case.operation)["operationId"]
    answer = response.json() if response.content else {}
    if operation_id == "app-create":
        world.keep_app(answer["app"]["id"])
    if operation_id == "session-create":
        world.keep_session(answer["session_id"])
    if isinstance(answer, dict) and answer.get("next"):
        world.cursors[case.formatted_path] = answer["next"]
    if operation_id in ENDS_SESSIONS:
        world.has_session = world.has_app = False
        world.gone |= world.known["session_id"]
    if operation_id == "user-delete":
        world.gone |= world.known["app_id"]
    if operation_id in ENDS_APP or response.request.method == "DELETE":
        world.has_app = False


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Who is signed out or deleted takes along what a story made before: no path tells schemathesis so."""
    return not (isinstance(failure, EnsureResourceAvailability) and world.gone & set(case.path_parameters.values()))


def operations(api):
    """As the document has them, but for itself: that is where schemathesis begins."""
    paths = requests.get(f"{api}/openapi.json", timeout=10).json()["paths"]
    named = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    return sorted(named - {"GET /openapi.json"})


def table(api):
    """What was answered to what; gives the operations that never did anything."""
    idle = []
    print(f"\n{'operation':<42} {'requests':>8}  answers")
    for operation in operations(api):
        counts = answers[operation]
        told = "  ".join(f"{status} × {count}" for status, count in sorted(counts.items()))
        print(f"{operation:<42} {sum(counts.values()):>8}  {told}")
        if not any(200 <= status < 400 for status in counts):
            idle.append(operation)
    return idle


def main():
    global world
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--api", required=True, help="where guildpass answers")
    flags, more = parser.parse_known_args()
    world = World(flags.api)
    config = pathlib.Path(__file__).with_name("schemathesis.toml")
    arguments = ["--config-file", str(config), "run", f"{flags.api}/openapi.json", *more]
    try:
        status = command_line(arguments, standalone_mode=False)
    except SystemExit as end:
        status = end.code
    idle = table(flags.api)
    if more:  # a run of one's own, which may leave some out
        idle = []
    for operation in idle:
        print(f"FAILED  {operation} never did what it is there for")
    return 1 if status or idle else 0


if __name__ == "__main__":
    sys.exit(main())
