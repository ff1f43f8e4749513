"""Rate limits in one process: exact, bounded, cheap, and told to the client as the IETF draft says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from jemeti_platform.ratelimit import (
    Ask,
    Limiter,
    Verdict,
    account_key,
    fields,
    parse_limit,
    refusal,
)
from jemeti_platform.ratelimit.memory import MemoryCounters

from .calls import count_calls


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def at_once(act: Callable[[], bool], callers: int = 60) -> int:
    """Return how many of the callers, all started together, were told yes."""
    ready = threading.Barrier(callers)
    answers: list[bool] = []

    def call() -> None:
        ready.wait()
        answers.append(act())

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == callers
    return sum(answers)


@pytest.fixture
def limiter() -> Limiter:
    return Limiter.from_settings({})


@pytest.fixture
def clock(limiter: Limiter) -> Clock:
    clock = Clock()
    limiter.counters = MemoryCounters(clock=clock)
    return clock


def test_sixty_at_once_at_a_limit_of_five_are_five(limiter):
    for attempt in range(20):
        assert at_once(lambda key=f"race {attempt}": limiter.hit("login_account", key).allowed) == 5


def test_the_race_catches_a_limiter_that_reads_and_then_writes():
    counts = {"key": 0}

    def naive() -> bool:
        used = counts["key"]
        time.sleep(0.001)
        counts["key"] = used + 1
        return used < 5

    assert at_once(naive) > 5


def test_a_hit_says_what_remains_and_when_all_is_there_again(limiter, clock):
    assert limiter.hit("login_account", "a") == Verdict(True, 5, 4, 900, "login_account", 900)
    clock.now += 60.5
    assert limiter.hit("login_account", "a", cost=4) == Verdict(True, 5, 0, 840, "login_account", 900)
    assert limiter.hit("login_account", "a") == Verdict(False, 5, 0, 840, "login_account", 900)


def test_refused_hits_do_not_prolong_the_window(limiter, clock):
    for _ in range(100):
        limiter.hit("login_account", "a")
        clock.now += 8.99
    assert not limiter.hit("login_account", "a").allowed
    clock.now += 1.1
    assert limiter.hit("login_account", "a").allowed


def test_one_keys_hits_never_lower_anothers(limiter):
    assert [limiter.hit("login_account", "a").allowed for _ in range(7)].count(True) == 5
    assert limiter.hit("login_account", "b").remaining == 4
    assert limiter.hit("login_address", "a").remaining == 19


def test_several_policies_are_counted_together_or_not_at_all(limiter):
    asks = [Ask("login_address", "192.0.2.1"), Ask("login_account", "a")]
    for _ in range(5):
        assert all(v.allowed for v in limiter.check(asks))
    address, account = limiter.check(asks)
    assert (address.allowed, address.remaining, account.allowed) == (True, 15, False)
    assert limiter.check(asks)[0].remaining == 15


def test_a_success_gives_back_the_addresss_hit_and_clears_the_account(limiter):
    for _ in range(4):
        limiter.check([Ask("login_address", "192.0.2.1"), Ask("login_account", "a")])
    limiter.give_back("login_address", "192.0.2.1")
    limiter.clear("login_account", "a")
    assert limiter.hit("login_address", "192.0.2.1").remaining == 16
    assert limiter.hit("login_account", "a").remaining == 4


def test_nothing_can_be_given_back_that_was_not_taken(limiter):
    limiter.hit("login_account", "a")
    limiter.give_back("login_account", "a", 3)
    limiter.give_back("login_account", "never seen")
    assert limiter.hit("login_account", "a").remaining == 4


def test_a_plans_limit_replaces_the_inis_and_keeps_the_count(limiter):
    for _ in range(3):
        limiter.hit("general", "a", limit=parse_limit("3 per minute"))
    assert not limiter.hit("general", "a", limit=parse_limit("3 per minute")).allowed
    upgraded = limiter.hit("general", "a", limit=parse_limit("10 per minute"))
    assert (upgraded.allowed, upgraded.remaining) == (True, 6)


def test_more_than_the_whole_limit_is_refused_uncounted(limiter):
    assert not limiter.hit("login_account", "a", cost=6).allowed
    assert limiter.hit("login_account", "a").remaining == 4


def test_a_megabyte_of_email_is_no_key(limiter):
    huge = account_key("demo", "x" * 1_000_000 + "@example.com")
    assert len(huge) < 400
    limiter.hit("login_account", "y" * 1_000_000 + "\ud800")
    shelf = limiter.counters._shelves["login_account/900"]
    assert [len(key) for key in shelf] == [32]


def test_every_spelling_of_an_email_is_one_account():
    spellings = ["owner@demo.example", " OWNER@Demo.Example ", "\uff4fwner@demo.example"]
    assert len({account_key("demo", spelling) for spelling in spellings}) == 1
    assert account_key("demo", spellings[0]) != account_key("other", spellings[0])


def test_memory_is_bounded_and_what_has_ended_is_dropped(clock, limiter):
    counters = limiter.counters = MemoryCounters(most=1_000, clock=clock)
    for number in range(10_000):
        limiter.hit("general", str(number))
    limiter.hit("login_account", "a")
    assert len(counters) == 1_001
    assert not limiter.hit("login_account", "a", cost=5).allowed, "a flood elsewhere pushed out a log-in counter"
    clock.now += 61
    for number in range(200):
        limiter.hit("general", f"later {number}")
    assert len(counters) == 201


def test_a_hit_is_little_work_and_no_more_among_many_keys(limiter):
    known, new = "principal 0", iter(f"somebody {n}" for n in range(100))
    acts = [lambda: limiter.hit("general", known), lambda: limiter.hit("general", next(new))]
    limiter.hit("general", known)
    calls, few = [count_calls(act) for act in acts], min(_cpu_seconds(acts[0]) for _ in range(20))
    for number in range(99_000):
        limiter.hit("general", f"principal {number}")
    assert [count_calls(act) for act in acts] == calls
    assert max(calls) <= 80  # 46 when this was written
    many = min(_cpu_seconds(acts[0]) for _ in range(20))
    assert many < few * 20  # to look through all keys would be a thousand times as much


def _cpu_seconds(act: Callable[[], object]) -> float:
    begun = time.thread_time()
    for _ in range(50):
        act()
    return time.thread_time() - begun


def test_fields_follow_the_draft():
    verdict = Verdict(False, 5, 0, 840, "login", 900)
    assert fields([verdict]) == {"RateLimit-Policy": '"login";q=5;w=900', "RateLimit": '"login";r=0;t=840'}
    two = fields([verdict, Verdict(True, 20, 3, 60, "login_address", 900)])
    assert two["RateLimit"] == '"login";r=0;t=840, "login_address";r=3;t=60'
    assert fields([]) == {}


def test_a_refusal_is_429_with_the_longest_wait():
    verdicts = [
        Verdict(False, 5, 0, 840, "login_account", 900),
        Verdict(False, 20, 0, 30, "login_address", 900),
        Verdict(True, 9, 9, 9_999, "login_workspace", 900),
    ]
    error = refusal(verdicts)
    assert (error.status, error.headers["Retry-After"]) == (429, "840")
    assert error.message == "Too many requests. Try again in 14 minutes."
    assert error.details == {"policy": "login_account", "retry_after": 840}
    assert error.headers["RateLimit"].startswith('"login_account";r=0;t=840')
