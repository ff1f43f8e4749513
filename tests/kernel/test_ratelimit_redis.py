"""Rate limits counted by several processes in Redis, and what happens while Redis is away."""

from __future__ import annotations

import logging
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import redis

from jemeti_platform.ratelimit import Ask, Limiter, parse_limit
from jemeti_platform.ratelimit.counters import Count, Want
from jemeti_platform.ratelimit.failover import FALLBACKS
from jemeti_platform.ratelimit.redis import RedisCounters
from jemeti_platform.testing.running import free_port
from jemeti_platform.testing.waiting import LONG, wait_until

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")


class Server:
    """A Redis of the test's own, on loopback, that keeps nothing."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = f"--bind 127.0.0.1 --port {self.port} --save --appendonly no".split()
        self.process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        with redis.Redis(port=self.port) as client:
            wait_until(lambda: _answers(client))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()


def _answers(client: redis.Redis) -> bool:
    with suppress(redis.RedisError):
        return client.ping()
    return False


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def hasty(server: Server) -> Limiter:
    """As it is made: it waits 0.2 s for an answer."""
    return Limiter.from_settings({"jemeti.ratelimit.storage": server.address})


@pytest.fixture
def limiter(hasty: Limiter) -> Limiter:
    """One that waits as long as a Redis on a busy machine may take, and asks one that was away again soon."""
    pool = pool_of(hasty)
    pool.timeout = pool.connection_kwargs["socket_timeout"] = LONG
    hasty.counters._pause = 0.3
    return hasty


def pool_of(limiter: Limiter) -> redis.ConnectionPool:
    return limiter.counters._shared.get_connection().connection_pool


def allowed(limiter: Limiter, times: int, key: str = "a") -> int:
    return [limiter.hit("login_account", key).allowed for _ in range(times)].count(True)


def test_sixty_at_once_at_a_limit_of_five_are_five(limiter):
    with ThreadPoolExecutor(60) as callers:
        for attempt in range(20):
            answers = callers.map(lambda _, key=f"race {attempt}": limiter.hit("login_account", key).allowed, range(60))
            assert sum(answers) == 5
    assert not limiter.counters.away


def test_the_race_catches_a_limiter_that_reads_and_then_writes(server):
    client = redis.Redis(port=server.port)

    def naive(_: int) -> bool:
        used = int(client.get("naive") or 0)
        time.sleep(0.005)
        client.incr("naive")
        return used < 5

    with ThreadPoolExecutor(60) as callers:
        assert sum(callers.map(naive, range(60))) > 5


def test_processes_count_together(limiter, server):
    program = (
        "from jemeti_platform.ratelimit import Limiter;"
        f"limiter = Limiter.from_settings({{'jemeti.ratelimit.storage': {server.address!r}}});"
        "pool = limiter.counters._shared.get_connection().connection_pool;"
        f"pool.connection_kwargs['socket_timeout'] = {LONG};"
        "print(sum(limiter.hit('login_account', 'a').allowed for _ in range(20)))"
    )
    others = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) for _ in range(3)]
    counts = [int(process.communicate()[0]) for process in others]
    assert sum(counts) == 5
    assert allowed(limiter, 1) == 0


def test_verdicts_are_those_of_memory(limiter):
    memory = Limiter.from_settings({})
    asks = [Ask("login_address", "x"), Ask("login_account", "a", 2), Ask("general", "p", 1, parse_limit("4 per day"))]
    for step in range(6):
        assert limiter.check(asks) == memory.check(asks)
        for each in (limiter, memory):
            if step == 1:
                each.give_back("login_account", "a", 3)
                each.give_back("login_account", "never seen")
            if step == 3:
                each.clear("login_account", "a")
    assert limiter.hit("login_account", "a", cost=9) == memory.hit("login_account", "a", cost=9)


def test_windows_end_by_redis_own_clock_and_leave_nothing(limiter, server):
    limit = parse_limit("2 per 2 seconds")
    assert [limiter.hit("general", "a", limit=limit).allowed for _ in range(3)] == [True, True, False]
    with redis.Redis(port=server.port) as client:
        wait_until(lambda: client.keys() == [])
    assert limiter.hit("general", "a", limit=limit).remaining == 1


def test_keys_in_redis_are_short_and_tell_no_address(limiter, server):
    limiter.hit("login_account", "owner@demo.example" * 50_000)
    (key,) = redis.Redis(port=server.port).keys()
    assert key.startswith(b"jemeti:login_account/900/")
    assert len(key) < 64


def test_redis_dies_and_the_process_counts_for_itself_until_it_is_back(limiter, server, caplog):
    caplog.set_level(logging.WARNING, "jemeti_platform.ratelimit")
    assert allowed(limiter, 3) == 3
    server.stop()
    fallbacks = FALLBACKS._value.get()
    assert allowed(limiter, 60) == 5
    assert FALLBACKS._value.get() == fallbacks + 60
    assert [r.message.split(":")[0] for r in caplog.records] == ["Rate limits"]
    assert "does not answer" in caplog.text
    server.start()
    time.sleep(0.35)
    assert allowed(limiter, 7, "b") == 5
    assert not limiter.counters.away
    assert "answers again" in caplog.text
    assert len(caplog.records) == 2


def test_a_redis_that_hangs_costs_one_short_wait_in_a_while(hasty, server):
    limiter = hasty
    limiter.counters._pause = 0.3
    clock = limiter.counters._clock = Clock()
    redis_asked = asked_of(limiter.counters._shared)
    server.process.send_signal(signal.SIGSTOP)
    assert limiter.hit("login_account", "a").allowed
    assert allowed(limiter, 60) == 4
    assert redis_asked == [1]
    clock.now += 0.35
    with ThreadPoolExecutor(20) as callers:
        list(callers.map(lambda _: limiter.hit("general", "a"), range(20)))
    assert redis_asked == [1, 1], "more than one caller waited for a Redis that hangs"
    assert pool_of(limiter).connection_kwargs["socket_timeout"] <= 0.2


class Clock:
    """A clock that stands until it is moved on."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def asked_of(counters: RedisCounters) -> list[int]:
    """How many decisions each question was about, for every question asked of Redis from now on."""
    asked, take = [], counters.take

    def counting(wants: Sequence[Want]) -> list[Count]:
        asked.append(len(wants))
        return take(wants)

    counters.take = counting
    return asked


def test_more_callers_than_connections_queue_for_them(limiter):
    with ThreadPoolExecutor(200) as callers:
        answers = list(callers.map(lambda n: allowed(limiter, 10, str(n)), range(200)))
    assert answers == [5] * 200
    assert not limiter.counters.away


def test_a_restart_between_two_requests_goes_unnoticed(limiter, server):
    assert allowed(limiter, 1) == 1
    server.stop()
    server.start()
    assert allowed(limiter, 7) == 5
    assert not limiter.counters.away


def test_a_redis_that_was_never_there_does_not_stop_the_boot(server):
    server.stop()
    limiter = Limiter.from_settings({"jemeti.ratelimit.storage": server.address})
    assert allowed(limiter, 60) == 5
