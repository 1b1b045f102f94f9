#!/usr/bin/env python3
"""What stands beside the API, as `sam build` made it, under AWS's Lambda runtime interface emulator: the audit, which writes to
something that speaks S3 and is killed in the middle, and the example of another API, whose requests the authorizer lets in.

API Gateway's part, asking the authorizer and passing on what it said, is done here.
"""

import contextlib
import json
import subprocess
import sys
import threading
import time

import boto3
from emulator import BUCKET, Checks, Failure, Function
from emulator import arguments, dynamodb, event, functions, make_bucket, prepare

USERS, SESSIONS_OF_A_USER = 4000, 10


# ── the audit


def sessions():
    """Users with sessions, as they stand in the table."""
    now = int(time.time())
    for user in range(USERS):
        user_id = {"S": str(5_000_000_000 + user)}
        yield {"user_id": user_id, "item": {"S": "account"}, "state": {"S": "normal"}, "sign_outs": {"N": "0"}}
        for session in range(SESSIONS_OF_A_USER):
            number = user * SESSIONS_OF_A_USER + session
            yield {
                "user_id": user_id,
                "item": {"S": f"session#00000000-0000-7000-8000-{number:012x}"},
                "type": {"S": "app_login"},
                "created_at": {"N": str(now * 1000)},
                "expiry": {"N": str((now + 3600) * 1000)},
                "expires_at": {"N": str(now + 3600)},
                "sign_outs": {"N": "0"},
            }


def fill(options):
    batch = []
    for item in sessions():
        batch.append({"PutRequest": {"Item": item}})
        if len(batch) == 25:
            dynamodb(options, "BatchWriteItem", {"RequestItems": {"users": batch}})
            batch = []
    if batch:
        dynamodb(options, "BatchWriteItem", {"RequestItems": {"users": batch}})


def objects(options, audit):
    """Name and content of each object of an audit, as AWS's own client reads them."""
    client = boto3.client("s3", endpoint_url=options.s3, region_name="us-east-1", aws_access_key_id="local", aws_secret_access_key="local")
    prefix = f"sessions/{audit}/"
    keys = [entry["Key"] for entry in client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]
    return {key.removeprefix(prefix): client.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}


def audit(checks, options, variables):
    prepare(options)
    fill(options)
    call = {"audit": "killed"}
    timeout = {"AWS_LAMBDA_FUNCTION_TIMEOUT": "900"}  # as the template has it
    with Function("session-audit", variables, options, **timeout) as first:
        # Killed as soon as it has taken its segments, wherever it is by then.
        failed = []
        caller = threading.Thread(target=lambda: failed.append(attempt(first, call)))
        caller.start()
        wait_for(lambda: noted(options, "killed"), "the audit begins")
        first.kill()
        caller.join(30)
    checks.check("an audit is killed in the middle", None if failed == ["killed"] else f"it said {failed}")

    with Function("session-audit", variables, options, **timeout) as second:
        for _ in range(5):
            # Its leases hold for a minute; nothing is waited for here, the table is told that they are over. A write that was on its
            # way when it died may come after that.
            release(options, "killed")
            said = second.call(call)
            # A function waits 1.5 s for DynamoDB, and this engine shares a busy machine: the schedule calls again then, too.
            is_fault = said.get("errorMessage") == "DynamoDB failed"
            if "unfinished" not in said and not is_fault:
                break
        metrics = [json.loads(line) for line in second.said().splitlines() if line.startswith('{"_aws"')]
    wanted = USERS * SESSIONS_OF_A_USER
    checks.check("the next one goes on to the end", None if said.get("live_app_login") == wanted else f"it said {said}")
    found = objects(options, "killed")
    lines = [json.loads(line) for name, text in found.items() if name.endswith(".jsonl") for line in text.splitlines()]
    ids = {line["session_id"] for line in lines}
    counts = (len(lines), len(ids))
    # The example's own session is one more.
    checks.check("every session is listed once in S3", None if counts == (wanted + 1, wanted + 1) else f"lines and ids: {counts}")
    checks.check("with a summary", None if json.loads(found.get("summary.json", "{}")) == said else f"{sorted(found)}")
    told = [line["audits_ended"] for line in metrics]
    checks.check("and metrics in the log, once", None if told == [1] else f"{metrics}")


def attempt(function, call):
    try:
        return function.call(call)
    except (Failure, OSError):
        return "killed"


def noted(options, name):
    """The audit's segments, as the table has them."""
    items = dynamodb(options, "Scan", {"TableName": "guards", "ConsistentRead": True})["Items"]
    return [item for item in items if item["guard"]["S"].startswith(f"audit#{name}#")]


def release(options, name):
    for item in noted(options, name):
        update = {"TableName": "guards", "Key": {"guard": item["guard"]}, "UpdateExpression": "SET leased_until = :never"}
        dynamodb(options, "UpdateItem", update | {"ExpressionAttributeValues": {":never": {"N": "0"}}})


def wait_for(holds, what):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.002)
    raise Failure(f"{what}: it never did")


# ── another API


def gateway(authorizer, whoami, token):
    """What API Gateway does with a request to the example's route: its status, and the caller that the function was told of."""
    if token is None:
        return 401, None  # the identity source is not there
    asked = event("authorizer")
    asked["headers"]["authorization"] = asked["identitySource"][0] = f"Bearer {token}"
    decision = authorizer.call(asked)
    if decision.get("isAuthorized") is not True:
        return (403 if decision == {"isAuthorized": False} else 500), None
    passed = event("session-current") | {"routeKey": "GET /whoami", "rawPath": "/whoami"}
    passed["requestContext"]["authorizer"] = {"lambda": decision["context"]}
    answer = whoami.invoke(passed)
    return answer["statusCode"], answer["json"]["caller"]


def protected(checks, options, wanted):
    prepare(options)
    token = event("session-current")["headers"]["authorization"].removeprefix("Bearer ")
    app_token = event("app-self")["headers"]["authorization"].removeprefix("Bearer ")
    with contextlib.ExitStack() as stack:
        authorizer = stack.enter_context(Function("authorizer", wanted["authorizer"], options))
        whoami = stack.enter_context(Function("protected-api", [], options, binary=options.protected / "Whoami" / "bootstrap"))
        for what, credential, status, caller in [
            ("a session passes", token, 200, {"kind": "user", "session_type": "login", "user_id": "158908186768937126"}),
            ("an app's token passes", app_token, 200, {"kind": "app"}),
            ("no token does not", None, 401, None),
            ("another text does not", "gpl_garbage", 403, None),
        ]:
            got, said = gateway(authorizer, whoami, credential)
            holds = got == status and (caller is None or caller.items() <= (said or {}).items())
            checks.check(f"behind the authorizer: {what}", None if holds else f"{got} {said}")
        with Function("session-delete-all", wanted["session-delete-all"], options) as sign_out:
            sign_out.invoke(event("session-delete-all"))
        got, _ = gateway(authorizer, whoami, token)
        checks.check("behind the authorizer: a session that has just ended does not pass", None if got == 403 else f"{got}")


def main():
    options = arguments(__doc__, "353355351799783517", "nobody here")
    options.protected = options.binaries.parent / "protected"
    checks, wanted = Checks(), functions()
    for name, part in [("audit", lambda: audit(checks, options, wanted["session-audit"])), ("protected API", lambda: protected(checks, options, wanted))]:
        try:
            if name == "audit":
                make_bucket(options)
            part()
        except (Failure, OSError, KeyError, TypeError, subprocess.SubprocessError) as failure:
            checks.check(name, f"{type(failure).__name__}: {failure}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
