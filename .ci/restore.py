#!/usr/bin/env python3
"""The copying that docs/runbooks/restore.md describes brings nothing to life that had ended.

Against a running guildpass and its DynamoDB: people sign in and make things, the tables are "restored" (copied as they are), more
happens, a part of the tables is lost, and copy_back.py puts back what is missing. Then everybody's credentials are tried.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path

import boto3

from emulator import Checks, request

COPY_BACK = Path(__file__).resolve().parent.parent / "docs" / "runbooks" / "copy_back.py"
REDIRECT = "http://localhost:3000/callback"
ANNA, BEN, CARA, DAVE, FAY = "158908186768937126", "353355351799783517", "514918849632718857", "697645025269751825", "1141840098770477217"
GUILD = "272120529715212344"


class Service:
    """guildpass over HTTP, and the tables beneath it."""

    def __init__(self, options):
        self.options = options
        self.client = boto3.client(
            "dynamodb", endpoint_url=options.dynamodb, region_name="us-east-1", aws_access_key_id="local", aws_secret_access_key="local"
        )

    def ask(self, method, path, token=None, body=None):
        headers = {"content-type": "application/json"} if body is not None else {}
        if token:
            headers["authorization"] = f"Bearer {token}"
        sent = None if body is None else json.dumps(body)
        status, _, answer = request(f"{self.options.api}{path}", method, sent, headers)
        return status, json.loads(answer) if answer else None

    def exchange(self, user):
        """What a user's browser brings back from Discord, as POST /oauth2 takes it."""

        def redirect(url):
            return request(url)[1]["location"]

        page = redirect(f"{self.options.api}/oauth2/authorize?" + urllib.parse.urlencode({"redirect_uri": REDIRECT}))
        back = urllib.parse.urlsplit(redirect(f"{page}&as_user={user}"))
        code = urllib.parse.parse_qs(back.query)["code"][0]
        return {"code": code, "redirect_uri": REDIRECT}

    def sign_in(self, user):
        return self.ask("POST", "/oauth2", body=self.exchange(user))[1]["token"]

    def status(self, token, path="/sessions/@me"):
        return self.ask("GET", path, token)[0]

    def items(self, table):
        pages = self.client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def restore(self, table):
        """A table beside, as it is now."""
        about = self.client.describe_table(TableName=table)["Table"]
        names = {key["AttributeName"] for key in about["KeySchema"]}
        attributes = [one for one in about["AttributeDefinitions"] if one["AttributeName"] in names]
        beside = f"{table}-restored"
        self.client.create_table(TableName=beside, KeySchema=about["KeySchema"], AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST")
        for item in self.items(table):
            self.client.put_item(TableName=beside, Item=item)

    def lose(self, table, key, ids, items):
        for one in self.items(table):
            if one[key]["S"] in ids and one["item"]["S"].split("#")[0] in items:
                self.client.delete_item(TableName=table, Key={key: one[key], "item": one["item"]})

    def copy_back(self, *flags):
        environment = {"AWS_ENDPOINT_URL_DYNAMODB": self.options.dynamodb, "AWS_DEFAULT_REGION": "us-east-1"}
        environment |= {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
        with tempfile.NamedTemporaryFile("w") as without:
            without.write(f"{DAVE}\n")
            without.flush()
            tables = ["--from-users", "users-restored", "--from-apps", "apps-restored", "--users", "users", "--apps", "apps"]
            command = [sys.executable, COPY_BACK, *tables, "--without", without.name, *flags]
            return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    def register(self, token, name):
        """The id of an app, and its token."""
        app = self.ask("POST", "/apps", token, {"name": name})[1]
        return app["app"]["id"], app["token"]


def before(service):
    """What there is at the restored moment."""
    anna, ben, cara, dave, fay = (service.sign_in(user) for user in (ANNA, BEN, CARA, DAVE, FAY))
    app, token = service.register(anna, "Anna's")
    caras_app, _ = service.register(cara, "Cara's")
    service.register(dave, "Dave's")
    path = f"/apps/{app}/guilds/{GUILD}"
    done = [
        service.ask("PUT", path, anna, {"permissions": ["VIEW_CASES"]})[0] == 201,
        service.ask("PUT", f"/apps/{app}/verified", anna, {"verified": True})[0] == 204,
        service.ask("PUT", f"/users/{CARA}/state", anna, {"state": "banned"})[0] == 204,
    ]
    return {"anna": anna, "ben": ben, "dave": dave, "fay": fay, "app": app, "token": token, "caras_app": caras_app}, all(done)


def after(service, had):
    """What ends since, and what is lost then."""
    done = [
        service.ask("DELETE", "/sessions/@me", had["ben"])[0] == 204,
        service.ask("DELETE", "/sessions", had["fay"])[0] == 204,
        service.ask("DELETE", "/users/@me", had["dave"])[0] == 204,
    ]
    status, given = service.ask("POST", f"/apps/{had['app']}/token", had["anna"], {})
    had["newer"] = given["token"]
    service.lose("users", "user_id", {ANNA, BEN, CARA, FAY}, {"account"})
    service.lose("apps", "app_id", {had["app"], had["caras_app"]}, {"app", "guild"})
    return all(done) and status == 200


def check_what_ended(checks, service, had):
    def refused(what, token, path="/sessions/@me"):
        status = service.status(token, path)
        checks.check(what, None if status == 401 else f"answers {status}")

    refused("a session that was revoked stays dead", had["ben"])
    refused("sessions stay dead after signing out everywhere", had["fay"])
    refused("a session of a restored account is dead", had["anna"])
    refused("a token that was regenerated stays dead", had["token"], "/app")
    refused("so does the one after it", had["newer"], "/app")
    items = {table: service.items(table) for table in ("users", "apps")}
    dave = [item for item in items["users"] if item["user_id"]["S"] == DAVE]
    dave += [item for item in items["apps"] if item.get("owner_id", {}).get("S") == DAVE]
    checks.check("nothing of a user who deleted themselves is there", dave or None)
    caras = [item["suspended"]["BOOL"] for item in items["apps"] if item["app_id"]["S"] == had["caras_app"]]
    checks.check("an app of a banned user is suspended", None if caras == [True] else caras)


def check_what_works(checks, service, had):
    def answers(what, expected, method, path, token, body=None):
        status, answer = service.ask(method, path, token, body)
        checks.check(what, None if status == expected else f"answers {status}: {answer}")
        return answer

    anna = service.sign_in(ANNA)
    apps = answers("people sign in again and have their apps", 200, "GET", "/apps", anna)["apps"]
    found = [(app["id"], app["verified"]) for app in apps]
    checks.check("the app is theirs and no longer verified", None if found == [(had["app"], False)] else found)
    answers("its token cannot be shown", 409, "GET", f"/apps/{had['app']}/token", anna)
    token = answers("but made anew", 200, "POST", f"/apps/{had['app']}/token", anna, {})["token"]
    answers("the app may do nothing that was not copied", 404, "GET", f"/app/guilds/{GUILD}", token)
    service.copy_back("--write", "--authorizations")
    answers("what is asked for is copied", 200, "GET", f"/app/guilds/{GUILD}", token)
    answers("the ban of a lost account holds", 403, "POST", "/oauth2", None, service.exchange(CARA))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--api", required=True, help="URL of guildpass, with the stand-in Discord and without rate limits")
    parser.add_argument("--dynamodb", required=True, help="URL of the DynamoDB beneath it")
    service, checks = Service(parser.parse_args()), Checks()
    had, done = before(service)
    checks.check("people make things", None if done else "something was refused")
    for table in ("users", "apps"):
        service.restore(table)
    checks.check("then some of it ends", None if after(service, had) else "something was refused")

    left = service.items("users"), service.items("apps")
    said = service.copy_back()
    unchanged = left == (service.items("users"), service.items("apps"))
    checks.check("without --write nothing is written", None if unchanged and "missing" in said else said)
    service.copy_back("--write")
    check_what_ended(checks, service, had)
    sessions = [sum(item["item"]["S"].startswith("session#") for item in items) for items in (left[0], service.items("users"))]
    checks.check("no session is copied", None if sessions[0] == sessions[1] else sessions)
    said = service.copy_back("--write")
    checks.check("a second time nothing is left to write", said if "written" in said else None)
    check_what_works(checks, service, had)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return checks.failed > 0


if __name__ == "__main__":
    sys.exit(main())
