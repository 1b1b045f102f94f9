#!/usr/bin/env python3
"""Every function, as `sam build` made it, under AWS's Lambda runtime interface emulator.

Each function starts with the environment that the template gives it, gets its example event, and has to answer as
events/answers.json and the contract say. With a variable that it cannot use it has to end by itself, and say which. Then a journey
goes through several of them: sign in, list, create, sign out, delete.
DynamoDB and Discord are those of the flags; nothing else is reached.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INVOKE = "/2015-03-31/functions/function/invocations"
REDIRECT_URI = "http://localhost:3000/callback"
REDIRECT_URIS = f"web={REDIRECT_URI} app=guildpass://callback"
BUCKET = "audits"
TABLES = {"USERS_TABLE": "users", "APPS_TABLE": "apps", "GUARDS_TABLE": "guards"}

HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": r"max-age=\d+.*",
}
ERROR = {"code", "message", "request_id"}
SESSION = {"id", "name", "user_id", "created_at", "type", "expiry", "last_used_at", "user_agent", "current"}
GIVEN = {"user_id", "token", "session_id", "expiry", "user"}
CURRENT = {"user_id", "id", "state", "type", "created_at", "expiry", "name"}
USER = {"id", "username", "global_name", "avatar", "avatar_url", "state"}
GUILD = {"id", "name", "icon", "icon_url", "permissions", "owner"}
APP = {"id", "name", "logo_url", "private", "verified", "trusted", "owner_id", "created_at"}
AUTHORIZATION = {"app_id", "permissions", "granted_by", "granted_at", "expiry"}
AUTHORIZED_GUILD = {"guild_id", "permissions", "expiry", "name", "icon_url"}
FIELDS = {
    "session-current": CURRENT,
    "session-list": {"next", "sessions"},
    "session-create": GIVEN,
    "oauth2-exchange": GIVEN,
    "user-get": USER,
    "user-guilds": {"guilds", "fetched_at", "stale"},
    "app-create": {"app", "token"},
    "app-list": {"apps"},
    "app-get": APP,
    "app-update": APP,
    "app-token-reveal": {"token"},
    "app-token-regenerate": {"token"},
    "guild-authorization-put": AUTHORIZATION | {"guild_id"},
    "guild-authorization-list": {"authorizations", "next"},
    "user-authorization-put": AUTHORIZATION | {"user_id"},
    "user-authorization-list": {"authorizations", "next"},
    "permission-list": {"permissions"},
    "app-self": {"app", "authorized_guilds", "next"},
    "app-deauthorize": {"guild_id"},
    "app-guild-get": {"guild_id", "permissions", "expiry"},
    "app-user-get": {"user_id", "permissions", "expiry"},
    "token-introspect": {"active", "kind", "sub", "username", "jti", "session_type", "token_type", "iat", "exp", "iss"},
    "health": {"status"},
    "openapi-get": {"openapi", "info", "servers", "tags", "paths", "components"},
}
ITEMS = {
    "session-list": ("sessions", SESSION),
    "user-guilds": ("guilds", GUILD),
    "app-list": ("apps", APP),
    "app-self": ("authorized_guilds", AUTHORIZED_GUILD),
    "guild-authorization-list": ("authorizations", AUTHORIZATION | {"app", "guild_id"}),
    "user-authorization-list": ("authorizations", AUTHORIZATION | {"app", "user_id"}),
    "permission-list": ("permissions", {"name", "description", "subject"}),
}


# What apps ask, of the apps' table first.
APPS_FUNCTIONS = {"token-introspect", "app-self", "app-deauthorize", "app-guild-get", "app-user-get"}

# What answers people, not programs: errors too.
PAGES = re.compile(r"page-|oauth2-callback$")


class Checks:
    """One line for each check, and how many held."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, problem=None, note=""):
        if problem:
            self.failed += 1
            print(f"FAILED  {what}: {problem}", flush=True)
        else:
            self.passed += 1
            print(f"ok      {what}{note}", flush=True)
        return not problem


class Failure(Exception):
    """What keeps a check from going on."""


def free_ports(count):
    with contextlib.ExitStack() as held:
        listeners = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in listeners]


def request(url, method="GET", body=None, headers=None, timeout=30):
    """Status, headers and body; follows nothing."""
    url = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=timeout)
    try:
        target = url.path + (f"?{url.query}" if url.query else "")
        connection.request(method, target or "/", body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise Failure(f"{method} {url.netloc}{url.path}: {error or type(error).__name__}") from error
    finally:
        connection.close()


# ── the template: which functions there are, and which variables each one gets


def resources():
    """Name of the binary, name of its resource, and the resource's text, in the template's order."""
    for resource in re.split(r"^  (?=\w+:$)", (ROOT / "template.yaml").read_text(), flags=re.M):
        binary = re.search(r"\bBinary: ([\w-]+)", resource)
        if binary:
            yield binary[1], resource.split(":")[0], resource


def functions():
    """Name of the binary and its variables."""
    found = {}
    for binary, _, resource in resources():
        variables = re.search(r"\bVariables: \{(.*?)\}\}", resource, flags=re.S)
        found[binary] = re.findall(r"(\w+): ", variables[1]) if variables else []
    return found


def built(name, options):
    """What `sam build` made of a function."""
    folder = next(resource for binary, resource, _ in resources() if binary == name)
    return options.binaries / folder / "bootstrap"


# The variable that names a secret, and the one that holds its text.
SECRETS = {f"{secret}_ARN": f"{secret}_JSON" for secret in ("SEALING_KEYS", "CLIENT_SECRET", "BOT_TOKEN")}


def secret_of(variable, options):
    return {
        "SEALING_KEYS_ARN": {"sealing_key": "example" * 7},
        "CLIENT_SECRET_ARN": {"discord_client_secret": options.client_secret},
        "BOT_TOKEN_ARN": {"discord_bot_token": options.bot_token},
    }[variable]


def environment(name, variables, options):
    """What Lambda would set, and the template's variables with values for this machine."""
    values = TABLES | {
        "DISCORD_CLIENT_ID": options.client_id,
        "REDIRECT_URIS": REDIRECT_URIS,
        "DISCORD_SCOPES": "",
        "PUBLIC_URL": "",
        "RATE_LIMITS": "",
        "SESSIONS_VALID_AFTER": "",
        "PERMISSIONS": (ROOT / "local" / "permissions.json").read_text(),
        "ROOT_USERS": "158908186768937126",  # whose session the events come with
        "JOIN_GUILDS": "272120529715212344",  # the guild of the event
        "AUDIT_BUCKET": BUCKET,
    }
    given = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "20",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
    }
    for variable in variables:
        if variable in SECRETS:  # no Secrets Manager here: the text that it would give
            given[SECRETS[variable]] = json.dumps(secret_of(variable, options))
        elif variable in values:
            given[variable] = values[variable]
        else:
            raise Failure(f"no value is known for {variable}, which the template gives it")
    if "USERS_TABLE" in given:
        given["AWS_ENDPOINT_URL_DYNAMODB"] = options.dynamodb
    if "AUDIT_BUCKET" in given:
        given["AWS_ENDPOINT_URL_S3"] = options.s3
    if "DISCORD_CLIENT_ID" in given:
        given["DISCORD_URL"] = options.discord
    return given


# ── one function under the emulator


class Function:
    """A function's binary under the emulator, which starts it when the first event comes."""

    def __init__(self, name, variables, options, binary=None, **others):
        """With the template's variables, and `others` in place of them."""
        self.name = name
        self.binary = binary or built(name, options)
        if not self.binary.is_file():
            raise Failure(f"{self.binary} is not there")
        self.port, runtime_port = free_ports(2)
        self.log = tempfile.TemporaryFile()
        command = [
            options.rie,
            f"--runtime-interface-emulator-address=127.0.0.1:{self.port}",
            f"--runtime-api-address=127.0.0.1:{runtime_port}",
            "--log-level=warn",
            self.binary,
        ]
        given = environment(name, variables, options) | others
        self.process = subprocess.Popen(command, env=given, cwd="/", stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def __enter__(self):
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return self
            time.sleep(0.01)
        self.__exit__()
        raise Failure(f"the emulator did not start\n{self.said()}")

    def __exit__(self, *_):
        """Ends the emulator, which ends its function."""
        children = self.children()
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        for child in children:
            with contextlib.suppress(OSError):
                os.kill(child, 9)

    def children(self):
        with contextlib.suppress(OSError):
            return [int(child) for task in Path(f"/proc/{self.process.pid}/task").iterdir() for child in (task / "children").read_text().split()]
        return []

    def kill(self):
        """Ends the emulator and its function at once, in the middle of whatever they do."""
        children = self.children()
        if not any(os.readlink(f"/proc/{child}/exe") == str(self.binary) for child in children):
            raise Failure(f"{self.name} is not running")
        for process in (self.process.pid, *children):
            os.kill(process, 9)
        self.process.wait(5)

    def said(self):
        """Its log so far; the processes go on writing where they are."""
        log = self.log.fileno()
        return os.pread(log, os.fstat(log).st_size, 0).decode(errors="replace")

    def call(self, event):
        """The function's answer to an event of any kind."""
        try:
            _, _, raw = request(f"http://127.0.0.1:{self.port}{INVOKE}", "POST", json.dumps(event))
            return json.loads(raw)
        except (Failure, ValueError) as failure:
            raise Failure(f"{failure}\n{self.said()}") from failure

    def invoke(self, event):
        """Its answer to a request, with its body parsed: `json` is None where there is none."""
        answer = self.call(event)
        try:
            if not isinstance(answer, dict) or "statusCode" not in answer:
                raise Failure(f"no answer of an HTTP API: {str(answer)[:500]}")
            body = answer.get("body") or ""
            answer["json"] = json.loads(body) if body.startswith(("{", "[")) else None
        except (Failure, ValueError) as failure:
            raise Failure(f"{failure}\n{self.said()}") from failure
        answer["headers"] = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
        return answer


def problem_of(name, answer, status):
    """What is wrong with an answer that should have this status, or None."""
    headers, body = answer["headers"], answer["json"]
    if answer["statusCode"] != status:
        return f"{answer['statusCode']} instead of {status}: {body}"
    if answer.get("isBase64Encoded"):
        return "the body is base64"
    for header, pattern in HEADERS.items():
        if not re.fullmatch(pattern, headers.get(header, "")):
            return f"{header} is {headers.get(header)!r}"
    if PAGES.match(name):
        policy = headers.get("content-security-policy", "")
        if headers.get("content-type") != "text/html; charset=utf-8" or "default-src 'none'" not in policy:
            return f"is no page: {headers}"
        return None if "</html>" in answer.get("body", "") else "is half a page"
    if status in (204, 302):
        if body is not None:
            return f"has a body: {body}"
    elif headers.get("content-type") != "application/json":
        return f"content-type is {headers.get('content-type')!r}"
    elif not isinstance(body, dict):
        return f"the body is no object: {body}"
    elif status >= 400:
        if body.keys() - {"field", "authorize_url"} != ERROR:
            return f"is not in the error shape: {body}"
    elif body.keys() != FIELDS[name]:
        return f"has the fields {sorted(body)}"
    if name in ITEMS and status == 200:
        items, fields = ITEMS[name]
        if any(item.keys() != fields for item in body[items]):
            return f"one of its {items} has other fields: {body}"
    if status == 401 and not headers.get("www-authenticate", "").startswith("Bearer"):
        return f"www-authenticate is {headers.get('www-authenticate')!r}"
    return None


def problem_of_redirect(answer, options):
    """What is wrong with the way to Discord, or None."""
    location = urllib.parse.urlsplit(answer["headers"].get("location", ""))
    query = dict(urllib.parse.parse_qsl(location.query))
    expected = {"response_type": "code", "client_id": options.client_id, "redirect_uri": REDIRECT_URI, "state": "example"}
    if not location.geturl().startswith(f"{options.discord}/oauth2/authorize?") or not expected.items() <= query.items():
        return f"leads to {location.geturl()!r}"
    return None


def problem_of_log(function, secrets):
    """What a function's log should not have told, or None."""
    log = function.said()
    return "a secret is in its log" if any(secret in log for secret in secrets if secret) else None


# ── the example events


def event(name):
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


def make_bucket(options):
    status, _, answer = request(f"{options.s3}/{BUCKET}", "PUT")
    if status != 200:
        raise Failure(f"the bucket is not made: {status} {answer!r}")


def dynamodb(options, operation, body):
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": f"DynamoDB_20120810.{operation}",
        "authorization": "AWS4-HMAC-SHA256 Credential=local/20000101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    }
    status, _, answer = request(options.dynamodb, "POST", json.dumps(body), headers)
    if status != 200:
        raise Failure(f"{operation}: {status} {answer!r}")
    return json.loads(answer)


def items_of(user_id):
    """All that the users table has of somebody."""
    return {
        "TableName": TABLES["USERS_TABLE"],
        "KeyConditionExpression": "user_id = :user",
        "ExpressionAttributeValues": {":user": {"S": user_id}},
        "ConsistentRead": True,
    }


def prepare(options):
    """Empty tables, and the session that the example events carry: an event before may have ended it."""
    for table in dynamodb(options, "ListTables", {})["TableNames"]:
        dynamodb(options, "DeleteTable", {"TableName": table})
    command = [options.guildpass, "prepare", "--dynamodb-endpoint", options.dynamodb]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    if done.returncode != 0:
        raise Failure(f"`guildpass prepare` ended with {done.returncode}\n{done.stdout.decode(errors='replace')}")


def examples(checks, options, wanted):
    answers = json.loads((ROOT / "events" / "answers.json").read_text())
    differing = wanted.keys() ^ answers.keys()
    checks.check("events/answers.json names the functions of the template", f"not {sorted(differing)}" if differing else None)
    for name, variables in wanted.items():
        if name not in answers:
            continue
        try:
            prepare(options)
            with Function(name, variables, options) as function:
                begin = time.monotonic()
                answers_http = isinstance(answers[name], int)
                invoke = function.invoke if answers_http else function.call
                answer = invoke(event(name))
                cold = time.monotonic() - begin
                begin = time.monotonic()
                invoke(event(name))
                warm = time.monotonic() - begin
                told = problem_of_log(function, [event(name).get("headers", {}).get("authorization", "").removeprefix("Bearer ")])
        except (Failure, OSError, subprocess.SubprocessError) as failure:
            checks.check(name, failure)
            continue
        if not answers_http:
            same = answer | {"at": None} == answers[name] | {"at": None}
            checks.check(name, told or (None if same else f"answers {answer}"), f", {cold * 1000:.0f} ms from start to answer")
            continue
        problem = problem_of(name, answer, answers[name]) or told
        if not problem and answers[name] == 302:
            problem = problem_of_redirect(answer, options)
        note = f": {answers[name]}, {cold * 1000:.0f} ms from start to first answer, {warm * 1000:.0f} ms for a second"
        checks.check(name, problem, note)


# ── the journey


def code_of(options):
    """A fresh code: what Discord gives a user who agrees."""
    query = {
        "response_type": "code",
        "client_id": options.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "identify guilds",
        "as_user": options.user,
    }
    status, headers, body = request(f"{options.discord}/oauth2/authorize?{urllib.parse.urlencode(query)}")
    location = urllib.parse.urlsplit(headers.get("location", ""))
    code = dict(urllib.parse.parse_qsl(location.query)).get("code")
    if status != 302 or not code:
        raise Failure(f"the stand-in gives no code: {status} {location.geturl()} {body[:300]!r}")
    return code


def journey(checks, options, wanted):
    prepare(options)
    running = {}
    with contextlib.ExitStack() as ending:

        def step(what, name, status, token=None, body=None, path=None, also=None):
            if name not in running:
                running[name] = ending.enter_context(Function(name, wanted[name], options))
            sent = event(name)
            if token:
                sent["headers"]["authorization"] = f"Bearer {token}"
            if body:
                sent["body"] = json.dumps(body)
                sent["headers"]["content-length"] = str(len(sent["body"]))
            if path:
                sent["pathParameters"] = path
                route = sent["routeKey"].split(" ")[1]
                sent["rawPath"] = sent["requestContext"]["http"]["path"] = route.format(**path)
            answer = running[name].invoke(sent)
            problem = problem_of(name, answer, status)
            if not problem and also and not also(answer["json"]):
                problem = f"is not as it should be: { {field: value for field, value in answer['json'].items() if field != 'token'} }"
            if not checks.check(f"journey: {what}", problem):
                raise Failure("the journey ends here")
            return answer["json"]

        redeem = {"code": code_of(options), "redirect_uri": REDIRECT_URI}
        given = step("a code gives a session", "oauth2-exchange", 200, body=redeem, also=lambda it: it["user"]["id"] == options.user)
        login = given["token"]
        step("and gives it once", "oauth2-exchange", 400, body=redeem, also=lambda it: it["code"] == "InvalidCode")
        step("the session is there", "session-current", 200, login, also=lambda it: (it["id"], it["type"]) == (given["session_id"], "login"))
        made = step("it creates an API token", "session-create", 200, login, also=lambda it: it["user"] is None)
        both = {given["session_id"]: True, made["session_id"]: False}
        step("both are listed", "session-list", 200, login, also=lambda it: {one["id"]: one["current"] for one in it["sessions"]} == both)
        step("signing out ends the session", "session-delete", 204, login, path={"session_id": "@me"})
        step("which is dead at once", "session-current", 401, login, also=lambda it: it["code"] == "InvalidToken")
        step("the API token lives on", "session-current", 200, made["token"], also=lambda it: it["type"] == "api")
        step("and signs out everywhere", "session-delete-all", 204, made["token"])
        step("then it is dead too", "session-current", 401, made["token"], also=lambda it: it["code"] == "InvalidToken")

        again = {"code": code_of(options), "redirect_uri": REDIRECT_URI}
        back = step("signing in again", "oauth2-exchange", 200, body=again)["token"]
        step("says who it is", "user-get", 200, back, also=lambda it: (it["id"], it["state"]) == (options.user, "normal"))
        fetched = step("and which guilds", "user-guilds", 200, back, also=lambda it: it["guilds"] and not it["stale"])
        step("which are kept", "user-guilds", 200, back, also=lambda it: it == fetched)
        made_app = step("they register an app", "app-create", 201, back, also=lambda it: it["app"]["owner_id"] == options.user)
        manages = [guild["id"] for guild in fetched["guilds"] if guild["owner"] or int(guild["permissions"]) & 0x28]
        app, guild = made_app["app"]["id"], manages[0]
        on_guild = {"app_id": app, "guild_id": guild}
        grant = {"permissions": ["VIEW_CASES", "MANAGE_CASES"]}
        step("and authorize it on a guild they manage", "guild-authorization-put", 201, back, grant, on_guild)
        may = step("the app asks what it may do", "app-guild-get", 200, made_app["token"], path={"guild_id": guild})
        checks.check("journey: and may what was granted", None if may["permissions"] == grant["permissions"] else may)
        step("they narrow it", "guild-authorization-put", 200, back, {"permissions": ["VIEW_CASES"]}, on_guild)
        narrowed = lambda it: [(one["guild_id"], one["permissions"]) for one in it["authorized_guilds"]] == [(guild, ["VIEW_CASES"])]  # noqa: E731
        step("which the app sees", "app-self", 200, made_app["token"], also=narrowed)
        step("they take it back", "guild-authorization-delete", 204, back, path=on_guild)
        step("and the app may nothing", "app-guild-get", 404, made_app["token"], path={"guild_id": guild})
        step("the user deletes everything", "user-delete", 204, back)
        step("the app with them", "app-self", 401, made_app["token"], also=lambda it: it["code"] == "InvalidToken")
        step("and nothing is left", "session-current", 401, back, also=lambda it: it["code"] == "InvalidToken")
        left = dynamodb(options, "Query", items_of(options.user))["Items"]
        checks.check("journey: no item of theirs is in the table", f"{[item['item']['S'] for item in left]}" if left else None)

        for name, function in running.items():
            secrets = [login, made["token"], made_app["token"], redeem["code"], back, again["code"], options.client_secret, options.bot_token]
            checks.check(f"journey: the log of {name} tells no secret", problem_of_log(function, secrets))


# ── configuration: a function that cannot work does not start

SPOILT = {
    "USERS_TABLE": "",
    "APPS_TABLE": "",
    "GUARDS_TABLE": "",
    "DISCORD_CLIENT_ID": "guildpass",
    "REDIRECT_URIS": "everywhere",
    "PERMISSIONS": "all",
    "SEALING_KEYS_JSON": "{}",
    "CLIENT_SECRET_JSON": "{}",
    "BOT_TOKEN_JSON": "hush",
    "DISCORD_SCOPES": "bot",
    "PUBLIC_URL": "guildpass",
    "RATE_LIMITS": "many",
    "ROOT_USERS": "anna",
    "JOIN_GUILDS": "lighthouse",
    "SESSIONS_VALID_AFTER": "yesterday",
    "AUDIT_BUCKET": "",
}


def problem_of_start(name, variable, value, variables, options):
    """What is wrong about how a function ends that one of its variables keeps from working."""
    environ = environment(name, variables, options) | {variable: value}
    ended = subprocess.run([built(name, options)], env=environ, cwd="/", capture_output=True, text=True, timeout=30)
    said = (ended.stdout + ended.stderr).splitlines()
    if ended.returncode == 0:
        return "it ends as if nothing were wrong"
    try:
        [line] = [json.loads(line) for line in said]
    except ValueError:
        return f"its log is {said}"
    is_named = line["level"] == "ERROR" and re.match(rf"cannot start: .*\b{variable}\b", line["message"])
    return None if is_named and line["endpoint"] == name else f"its log is {said}"


def starts(checks, options, wanted):
    for name, variables in wanted.items():
        given = [SECRETS.get(variable, variable) for variable in variables]
        spoilt = [(variable, SPOILT[variable]) for variable in given]
        # The first table that it reads; the others show when they are needed.
        if "USERS_TABLE" in given:
            spoilt.append(("APPS_TABLE" if name in APPS_FUNCTIONS else "USERS_TABLE", "no-such-table"))
        found = {f"{variable}={value}": problem_of_start(name, variable, value, variables, options) for variable, value in spoilt}
        problems = {spoilt: problem for spoilt, problem in found.items() if problem}
        checks.check(f"{name} does not start with what it cannot use", problems, f" ({len(found)} ways)")


def arguments(description, user, who):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rie", type=Path, required=True, help="aws-lambda-rie")
    parser.add_argument("--binaries", type=Path, required=True, help="folder that sam build made: .aws-sam/build")
    parser.add_argument("--guildpass", type=Path, required=True, help="the guildpass command, which makes the tables")
    parser.add_argument("--dynamodb", required=True, help="URL of DynamoDB Local")
    parser.add_argument("--s3", help="URL of something that speaks S3, for the functions that write there")
    parser.add_argument("--discord", required=True, help="URL of the stand-in Discord")
    parser.add_argument("--client-id", default="1180000000000000000", help="the application's, at the stand-in")
    parser.add_argument("--client-secret", default="stand-in-client-secret", help="the application's, at the stand-in")
    parser.add_argument("--bot-token", default="stand-in-bot-token", help="the application's, at the stand-in")
    parser.add_argument("--user", default=user, help=who)
    options = parser.parse_args()
    options.binaries = options.binaries.resolve()
    options.guildpass = options.guildpass.resolve()
    options.rie = options.rie.resolve()
    return options


def main():
    options = arguments(__doc__, "353355351799783517", "who signs in; somebody else than the example events' user")
    checks = Checks()
    wanted = functions()
    make_bucket(options)
    examples(checks, options, wanted)
    starts(checks, options, wanted)
    try:
        journey(checks, options, wanted)
    except (Failure, OSError, KeyError, TypeError, subprocess.SubprocessError) as failure:
        checks.check("journey", f"{type(failure).__name__}: {failure}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
