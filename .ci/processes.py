#!/usr/bin/env python3
"""A Discord grant is renewed once, however many processes ask; and a process killed in the middle locks nobody out.

Several instances of user-guilds and user-get, each a process of its own under AWS's Lambda runtime interface emulator, share
the tables and the stand-in Discord of the flags. They are asked for one user at the same moment, and some of them are killed
while they renew the user's grant or fetch their guilds. The stand-in counts what it is asked. Only the user's grant and list are
made older than they are; what else happens, the functions do.
"""

import contextlib
import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from emulator import REDIRECT_URI, TABLES, Checks, Failure, Function
from emulator import arguments, code_of, dynamodb, event, functions, prepare, problem_of, problem_of_log, request

INSTANCES = 4  # of each function; two of each are killed
ROUNDS = 5
LEASE = 20  # seconds: nobody waits longer for one who died
LOOKING = 6  # seconds: so long does a request wait for another one's lease before it says 503
SLACK = 8  # seconds: pauses between attempts, and a slow machine
MOST = LEASE + LOOKING + SLACK
EXPIRED, AHEAD, YOUNG = -1, 3600, 7 * 24 * 3600  # seconds that an access token has left: none; less than a day; all
DELAY = {"slow_body": {"every_ms": 3}}  # the right answer, after most of a second
STALL = {"stall": {"seconds": 30}}
UNAVAILABLE = (503, "DiscordUnavailable")


class World:
    """The user, their items, the stand-in Discord, and the processes."""

    def __init__(self, options, ending):
        self.options, self.ending = options, ending
        self.instances, self.token, self.secrets = [], None, [options.client_secret, options.bot_token]

    def start(self, name, number):
        variables = functions()[name]
        instance = Instance(name, variables, self.options, RATE_LIMITS="guild-refresh=1000/10 discord-ask=1000/10")
        instance.label = f"{name} {number}"
        self.instances.append(self.ending.enter_context(instance))

    def alive(self, *names):
        """The instances that have not been killed: of these functions, or all."""
        return [instance for instance in self.instances if not instance.is_killed and (not names or instance.name in names)]

    def sign_in(self):
        code = code_of(self.options)
        with Function("oauth2-exchange", functions()["oauth2-exchange"], self.options) as function:
            sent = event("oauth2-exchange")
            sent["body"] = json.dumps({"code": code, "redirect_uri": REDIRECT_URI})
            sent["headers"]["content-length"] = str(len(sent["body"]))
            answer = function.invoke(sent)
            problem = problem_of(function.name, answer, 200) or problem_of_log(function, [code, *self.secrets])
        if problem:
            raise Failure(f"signing in: {problem}")
        self.token = answer["json"]["token"]
        self.secrets += [code, self.token]

    # the user's items

    def item(self, item):
        asked = {"TableName": TABLES["USERS_TABLE"], "Key": self.key(item), "ConsistentRead": True}
        return dynamodb(self.options, "GetItem", asked).get("Item", {})

    def key(self, item):
        return {"user_id": {"S": self.options.user}, "item": {"S": item}}

    def set_moment(self, item, attribute, seconds):
        """Puts a moment of an item that is there so many seconds from now."""
        update = {
            "TableName": TABLES["USERS_TABLE"],
            "Key": self.key(item),
            "UpdateExpression": "SET #moment = :moment",
            "ConditionExpression": "attribute_exists(#moment)",
            "ExpressionAttributeNames": {"#moment": attribute},
            "ExpressionAttributeValues": {":moment": {"N": str(int((time.time() + seconds) * 1000))}},
        }
        dynamodb(self.options, "UpdateItem", update)

    def leave(self, token_life):
        """The access token has so many seconds left."""
        self.set_moment("discord", "access_expiry", token_life)

    def age_list(self):
        self.set_moment("guilds", "fetched_at", -3600)

    def forget_list(self):
        dynamodb(self.options, "DeleteItem", {"TableName": TABLES["USERS_TABLE"], "Key": self.key("guilds")})

    def lease_left(self, item):
        """Seconds until the lease on an item ends; None if nobody holds it."""
        until = self.item(item).get("lease_until")
        return int(until["N"]) / 1000 - time.time() if until else None

    # the stand-in Discord

    def control(self, method, path, body=None):
        status, _, answer = request(f"{self.options.discord}/__control/{path}", method, json.dumps(body) if body else None)
        if status != 200:
            raise Failure(f"{method} /__control/{path}: {status} {answer[:300]!r}")
        return json.loads(answer)

    def counters(self):
        return self.control("GET", "requests")

    def misbehave(self, route, fault):
        """Once."""
        self.control("PUT", "faults", {"route": route, "fault": fault, "times": 1})


class Instance(Function):
    """One process of a function, and what it says to the user."""

    label, is_killed = None, False

    def ask(self, token):
        """What it answers to a request that needs the grant: user-get has Discord asked each time, user-guilds when its list is old."""
        sent = event(self.name)
        sent["headers"]["authorization"] = f"Bearer {token}"
        if self.name == "user-get":
            sent["rawQueryString"] = "refresh=true"
        begin = time.time()
        answer = self.invoke(sent)
        answer["begin"], answer["end"] = begin, time.time()
        return answer

    def kill(self):
        super().kill()
        self.is_killed = True


def said(answer):
    """Status, and the code of an error."""
    body = answer["json"] or {}
    return answer["statusCode"], body.get("code")


def is_fresh(answer):
    return answer["statusCode"] == 200 and not answer["json"].get("stale")


def odd(instance, answer):
    """What is wrong with an answer that may also be 503 while Discord is not to be had, or a kept list; or None."""
    if said(answer) == UNAVAILABLE:
        wrong = None if answer["headers"].get("retry-after", "").isdigit() else "503 without retry-after"
        return problem_of(instance.name, answer, 503) or wrong
    return problem_of(instance.name, answer, 200)


def grown(before, after):
    return {route: count - before[route] for route, count in after.items() if count != before[route]}


def at_once(instances, ask):
    """Every instance asked at the same moment; pairs of instance and what `ask` gave."""
    start = threading.Barrier(len(instances), timeout=30)

    def together(instance):
        start.wait()
        return ask(instance)

    with ThreadPoolExecutor(len(instances)) as threads:
        asked = [(instance, threads.submit(together, instance)) for instance in instances]
        return [(instance, future.result()) for instance, future in asked]


def first_problem(answers, problem):
    problems = [(instance, problem(instance, answer)) for instance, answer in answers]
    return next((f"{instance.label}: {told}" for instance, told in problems if told), None)


# ── one renewal, however many ask


def warm(checks, world):
    """All of them up: the emulator starts a function when its first event comes."""
    nobody = "gpl_0"
    answers = at_once(world.alive(), lambda instance: instance.ask(nobody))
    problem = first_problem(answers, lambda instance, answer: problem_of(instance.name, answer, 401))
    checks.check(f"{len(answers)} processes are up", problem)


def renewed_once(checks, world, what, token_life, fault=None):
    """All at the same moment, with a grant that is due and no list: one renewal, one fetch of the guilds."""
    world.leave(token_life)
    world.forget_list()
    if fault:
        world.misbehave("token", fault)
    before = world.counters()
    answers = at_once(world.alive(), lambda instance: instance.ask(world.token))
    asked = grown(before, world.counters())

    problem = first_problem(answers, lambda instance, answer: problem_of(instance.name, answer, 200))
    expected = {"token": 1, "guilds": 1, "identify": len(world.alive("user-get"))}
    if not problem and asked != expected:
        problem = f"Discord was asked {asked} instead of {expected}"
    problem = problem or unsettled(world)
    took = [answer["end"] - answer["begin"] for _, answer in answers]
    overlap = min(answer["end"] for _, answer in answers) - max(answer["begin"] for _, answer in answers)
    if not problem and overlap <= 0:
        problem = "they were not asked at the same time"
    note = f": {len(answers)} answers of 200, 1 renewal, 1 fetch, in {min(took) * 1000:.0f} to {max(took) * 1000:.0f} ms"
    checks.check(what, problem, note)


def unsettled(world):
    """What is wrong with a grant that has been renewed, or None."""
    grant = world.item("discord")
    left = int(grant["access_expiry"]["N"]) / 1000 - time.time()
    if left < YOUNG - 600:
        return f"the access token has {left:.0f} s left"
    held = {"lease", "lease_until", "dead", "quiet_until"} & grant.keys()
    return f"the grant has {sorted(held)}" if held else None


# ── killed in the middle


def killed(world, instance, route, item, fault):
    """Asks one process, kills it while it asks Discord, and tells how many seconds of its lease are left."""
    world.misbehave(route, fault)
    before = world.counters()[route]
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(instance.ask, world.token)
        end = time.monotonic() + 4  # it gives up by itself after 5 s
        while world.counters()[route] == before and time.monotonic() < end and not asked.done():
            time.sleep(0.01)
        left = world.lease_left(item)
        instance.kill()
        try:
            answered = f"{instance.label} answered {said(asked.result(timeout=30))}"
        except Failure:
            answered = None
    if answered:
        raise Failure(answered)
    if world.counters()[route] != before + 1:
        raise Failure(f"{instance.label} did not ask Discord")
    if left is None or not 0 < left <= LEASE:
        raise Failure(f"{instance.label} held no lease: {left}")
    left_now = world.lease_left(item)
    if left_now is None:
        raise Failure(f"the lease of {instance.label} went with it")
    return left_now


def until(world, instances, enough):
    """Asks each of them every 2 s until one answer is enough; pairs of instance and its answers."""
    end = time.monotonic() + MOST

    def keep_asking(instance):
        answers = []
        while True:
            answers.append(instance.ask(world.token))
            is_last = enough(answers[-1]) or time.monotonic() > end or odd(instance, answers[-1])
            answers[-1]["seen"] = time.time()
            if is_last:
                return answers
            time.sleep(2)

    return at_once(instances, keep_asking)


def first_odd(served, meanwhile):
    """What is wrong with answers of which the last should be fresh, and those before as `meanwhile` wants; or None."""
    for instance, answers in served:
        for answer in answers:
            told = odd(instance, answer)
            if told:
                return f"{instance.label}: {told}"
        if not is_fresh(answers[-1]):
            return f"{instance.label}: after {MOST} s still {said(answers[-1])}"
        others = [said(answer) for answer in answers[:-1] if not meanwhile(answer)]
        if others:
            return f"{instance.label}: meanwhile {others}"
    return None


def waited(served, begin):
    """When the first and the last of them had enough, in seconds after `begin`."""
    seen = [answers[-1]["seen"] - begin for _, answers in served]
    return min(seen), max(seen)


def refusals(served):
    return sum(said(answer) == UNAVAILABLE for _, answers in served for answer in answers)


def killed_in_a_renewal(checks, world):
    """Token dead, no list, and the holder of both leases is killed: nobody can be served before the leases end, everybody is after."""
    world.leave(EXPIRED)
    world.forget_list()
    before = world.counters()
    gone = world.alive("user-guilds")[0]
    left = killed(world, gone, "token", "discord", STALL)
    begin = time.time()
    checks.check("a process is killed while it renews the grant", note=f": {gone.label}, {left:.1f} s before its lease ends")

    served = until(world, world.alive(), is_fresh)
    first, last = waited(served, begin)
    asked = grown(before, world.counters())
    expected = {"token": 2, "guilds": 1, "identify": len(world.alive("user-get"))}
    problem = first_odd(served, lambda answer: said(answer) == UNAVAILABLE)
    if not problem and first < left:
        problem = f"somebody was served after {first:.1f} s, while the lease lasted"
    if not problem and asked != expected:
        problem = f"Discord was asked {asked} instead of {expected}"
    note = f": {first:.1f} to {last:.1f} s after, {refusals(served)} times 503 before, 1 renewal more, 1 fetch"
    checks.check("all others are served when the lease is over", problem or unsettled(world), note)

    world.forget_list()
    before, other = world.counters(), world.alive("user-guilds")[-1]
    answer = other.ask(world.token)
    asked = grown(before, world.counters())
    problem = problem_of(other.name, answer, 200) or (f"Discord was asked {asked}" if asked != {"guilds": 1} else None)
    checks.check("and the grant goes on to work", problem, f": {other.label}")


def killed_ahead_of_time(checks, world):
    """The token still lives: nobody is kept waiting, and the renewal is made up for when the lease is over."""
    world.leave(AHEAD)
    before = world.counters()
    gone = world.alive("user-get")[0]
    left = killed(world, gone, "token", "discord", STALL)
    begin = time.time()
    checks.check("a process is killed while it renews a grant that still lives", note=f": {gone.label}")

    getters = world.alive("user-get")
    served = at_once(getters, lambda instance: instance.ask(world.token))
    asked = grown(before, world.counters())
    problem = first_problem(served, lambda instance, answer: problem_of(instance.name, answer, 200))
    took = max(answer["end"] - answer["begin"] for _, answer in served)
    if not problem and asked != {"token": 1, "identify": len(getters)}:
        problem = f"Discord was asked {asked}"
    if not problem and took > LOOKING:
        problem = f"took {took:.1f} s"
    checks.check("the others go on with the old token", problem, f": within {took * 1000:.0f} ms, {left:.1f} s before the lease ends")

    def is_renewed(_):
        return world.counters()["token"] >= before["token"] + 2

    served = until(world, getters, is_renewed)
    first, _ = waited(served, begin)
    asked = grown(before, world.counters())
    problem = first_odd(served, is_fresh)
    if not problem and asked["token"] != 2:
        problem = f"Discord was asked {asked}"
    if not problem and first < left:
        problem = f"renewed after {first:.1f} s, while the lease lasted"
    checks.check("and renew it when the lease is over", problem or unsettled(world), f": {first:.1f} s after, 1 renewal more")


def killed_in_a_fetch(checks, world):
    """An old list is there: it is what the others give until somebody may fetch a newer one."""
    world.age_list()
    before = world.counters()
    gone = world.alive("user-guilds")[0]
    left = killed(world, gone, "guilds", "guilds", STALL)
    begin = time.time()
    checks.check("a process is killed while it fetches the guilds", note=f": {gone.label}, {left:.1f} s before its lease ends")

    served = until(world, world.alive("user-guilds"), is_fresh)
    first, last = waited(served, begin)
    asked = grown(before, world.counters())
    problem = first_odd(served, lambda answer: answer["statusCode"] == 200 and answer["json"]["stale"])
    if not problem and first < left:
        problem = f"somebody had a newer list after {first:.1f} s, while the lease lasted"
    if not problem and asked != {"guilds": 2}:
        problem = f"Discord was asked {asked}"
    stale = sum(len(answers) - 1 for _, answers in served)
    note = f": {first:.1f} to {last:.1f} s after, {stale} times the old list before, 1 fetch more"
    checks.check("all others have the newer list when the lease is over", problem, note)


def killed_with_the_only_tokens(checks, world):
    """Discord has given the new tokens to the process that is killed: they are lost. The user is told to sign in, and that mends it."""
    world.leave(EXPIRED)
    gone = world.alive("user-get")[0]
    left = killed(world, gone, "token", "discord", {"slow_body": {"every_ms": 1000}})
    begin = time.time()
    checks.check("a process is killed when Discord has given it the new tokens", note=f": {gone.label}")

    before = world.counters()
    getters = world.alive("user-get")
    end = time.monotonic() + MOST

    def keep_asking(instance):
        while True:
            answer = instance.ask(world.token)
            if said(answer) != UNAVAILABLE or time.monotonic() > end:
                return answer
            time.sleep(2)

    answers = at_once(getters, keep_asking)
    asked = grown(before, world.counters())
    first = min(answer["end"] for _, answer in answers) - begin

    def not_told(instance, answer):
        wrong = f"says {said(answer)}" if said(answer) != (403, "MissingScope") else None
        return problem_of(instance.name, answer, 403) or wrong

    problem = first_problem(answers, not_told)
    if not problem and asked != {"token": 1}:
        problem = f"Discord was asked {asked}"
    if not problem and first < left:
        problem = f"said so after {first:.1f} s, while the lease lasted"
    checks.check("the user is told to sign in", problem, f": 403 MissingScope {first:.1f} s after, Discord asked once more")

    world.sign_in()
    renewed_once(checks, world, "and signing in mends it: renewed once, as ever", EXPIRED)


def all_of_it(checks, world):
    prepare(world.options)
    world.control("DELETE", "faults")
    world.sign_in()
    for name in ("user-guilds", "user-get"):
        for number in range(1, INSTANCES + 1):
            world.start(name, number)
    warm(checks, world)

    for number in range(1, ROUNDS + 1):
        renewed_once(checks, world, f"an expired token, all at once, {number}", EXPIRED)
    renewed_once(checks, world, "the same while Discord takes its time", EXPIRED, DELAY)
    renewed_once(checks, world, "a token that still lives, all at once", AHEAD)
    renewed_once(checks, world, "that while Discord takes its time", AHEAD, DELAY)

    killed_in_a_renewal(checks, world)
    killed_ahead_of_time(checks, world)
    killed_in_a_fetch(checks, world)
    killed_with_the_only_tokens(checks, world)

    for instance in world.instances:
        checks.check(f"the log of {instance.label} tells no secret", problem_of_log(instance, world.secrets))


def main():
    options = arguments(__doc__, "514918849632718857", "whose grant it is")
    checks = Checks()
    with contextlib.ExitStack() as ending:
        try:
            all_of_it(checks, World(options, ending))
        except (Failure, OSError, KeyError, TypeError, ValueError, threading.BrokenBarrierError, subprocess.SubprocessError) as failure:
            checks.check("processes", f"{type(failure).__name__}: {failure}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
