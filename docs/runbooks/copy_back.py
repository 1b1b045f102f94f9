#!/usr/bin/env python3
"""Copies what is missing from restored tables into the stack's, without bringing anything to life that may have been ended since.

restore.md says when and how. Needs boto3, which AWS CloudShell has. What is in the stack's tables always stays as it is, and without
--write nothing is written.

Never copied: sessions, Discord's grants, guild lists, rate windows. Copied accounts are signed out everywhere. Copied apps have no
token until their owner regenerates it, are neither verified nor trusted, and are left out when their owner's account does not name them. Authorizations
are copied with --authorizations alone: those that were taken back since come back.
"""

import argparse
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import boto3

# More than anybody signs out everywhere between the restored moment and now.
SIGNED_OUT = 1000
SEGMENTS = 8
NOBODYS = {"B": b"\0"}  # opens with no key: "Regenerate it", its owner is told


class Copy:
    """Two restored tables, the two they were, and what became of their items."""

    def __init__(self, options):
        self.options = options
        self.client = boto3.client("dynamodb")
        self.counts, self.notes, self.lock = Counter(), [], threading.Lock()
        self.without = set(options.without.read().split()) if options.without else set()

    def count(self, what, outcome):
        with self.lock:
            self.counts[what, outcome] += 1

    def note(self, text):
        with self.lock:
            self.notes.append(text)

    def items(self, table, segment):
        pages = self.client.get_paginator("scan").paginate(
            TableName=table, Segment=segment, TotalSegments=SEGMENTS, ConsistentRead=True
        )
        for page in pages:
            yield from page["Items"]

    def read(self, table, key):
        return self.client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")

    def account(self, user_id):
        return self.read(self.options.users, {"user_id": {"S": user_id}, "item": {"S": "account"}})

    def put(self, what, table, item):
        """Writes an item unless one of its key is there."""
        key_name = "user_id" if table == self.options.users else "app_id"
        if not self.options.write:
            there = self.read(table, {name: item[name] for name in (key_name, "item")})
            return self.count(what, "there already" if there else "missing")
        try:
            self.client.put_item(
                TableName=table, Item=item, ConditionExpression="attribute_not_exists(#key)", ExpressionAttributeNames={"#key": key_name}
            )
            return self.count(what, "written")
        except self.client.exceptions.ConditionalCheckFailedException:
            return self.count(what, "there already")

    # ── what is copied of each table, and as what

    def of_users(self, item):
        user_id, kind = item["user_id"]["S"], item["item"]["S"].split("#")[0]
        if user_id in self.without:
            return self.count(kind, "of a user to leave out")
        if kind == "account":
            self.compare(user_id, item)
            item.pop("deleting", None)
            item["sign_outs"] = {"N": str(int(item.get("sign_outs", {"N": "0"})["N"]) + SIGNED_OUT)}
            return self.put(kind, self.options.users, item)
        if kind == "authorized" and self.options.authorizations:
            return self.put_of_user(kind, user_id, self.options.users, item)
        return self.count(kind, "never copied" if kind != "authorized" else "left out")

    def of_apps(self, item):
        app_id, (kind, _, subject) = item["app_id"]["S"], item["item"]["S"].partition("#")
        if kind == "app":
            return self.put_app(app_id, item)
        if not self.options.authorizations:
            return self.count(f"authorization of a {kind}", "left out")
        if not self.read(self.options.apps, {"app_id": {"S": app_id}, "item": {"S": "app"}}) and self.options.write:
            return self.count(f"authorization of a {kind}", "of an app that is gone")
        if kind == "user":
            return self.put_of_user("authorization of a user", subject, self.options.apps, item)
        return self.put(f"authorization of a {kind}", self.options.apps, item)

    def put_of_user(self, what, user_id, table, item):
        if user_id in self.without or (self.options.write and not self.account(user_id)):
            return self.count(what, "of a user who is gone")
        return self.put(what, table, item)

    def put_app(self, app_id, item):
        owner_id = item["owner_id"]["S"]
        owner = self.account(owner_id) if owner_id not in self.without else None
        if owner is None and not self.options.write:
            return self.count("app", "of an account that is missing")
        named = (owner or {}).get("app_ids", {}).get("BS", [])
        if "ended_at" in item or not any(bytes(one).hex() == app_id.replace("-", "") for one in named):
            return self.count("app", "that its owner does not have")
        is_banned = owner.get("state", {}).get("S") != "normal"
        item |= {"token_hash": {"B": os.urandom(32)}, "sealed_token": NOBODYS}
        item |= {"verified": {"BOOL": False}, "trusted": {"BOOL": False}, "suspended": {"BOOL": is_banned}}
        return self.put("app", self.options.apps, item)

    def compare(self, user_id, old):
        """Says what a person has to judge: the account is there, but not as it was."""
        now = self.account(user_id)
        if now and old.get("state") == {"S": "banned"} != now.get("state"):
            self.note(f"{user_id} was banned, and is not")
        lost = set(map(bytes, old.get("app_ids", {}).get("BS", []))) - set(map(bytes, (now or old).get("app_ids", {}).get("BS", [])))
        if lost:
            self.note(f"{user_id} had {len(lost)} apps that their account does not name now")

    def run(self):
        # Accounts before apps: an app is copied when its owner's account names it.
        for table, copy in [(self.options.from_users, self.of_users), (self.options.from_apps, self.of_apps)]:
            for turn in [True, False]:
                # And what everything else goes by before everything else.
                with ThreadPoolExecutor(SEGMENTS) as threads:
                    list(threads.map(lambda segment: self.segment(table, copy, segment, turn), range(SEGMENTS)))
        for (what, outcome), count in sorted(self.counts.items()):
            print(f"{count:10}  {what}: {outcome}")
        for note in sorted(self.notes):
            print(f"look at     {note}")

    def segment(self, table, copy, segment, first):
        for item in self.items(table, segment):
            if (item["item"]["S"] in ("account", "app")) == first:
                copy(item)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from-users", required=True, metavar="TABLE", help="the restored table of users")
    parser.add_argument("--from-apps", required=True, metavar="TABLE", help="the restored table of apps")
    parser.add_argument("--users", required=True, metavar="TABLE", help="the stack's table of users")
    parser.add_argument("--apps", required=True, metavar="TABLE", help="the stack's table of apps")
    parser.add_argument("--without", metavar="FILE", type=argparse.FileType(), help="ids of users to leave out, those who deleted themselves since")
    parser.add_argument("--authorizations", action="store_true", help="copy authorizations too")
    parser.add_argument("--write", action="store_true", help="write; without it, only count")
    options = parser.parse_args()
    if {options.from_users, options.from_apps} & {options.users, options.apps}:
        parser.error("a table cannot be restored into itself")
    Copy(options).run()


if __name__ == "__main__":
    main()
