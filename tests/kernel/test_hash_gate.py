"""Hashes in flight: four at most, a bounded queue, and memory that stays small."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from jemeti_platform.auth.hash_gate import HashGate
from jemeti_platform.errors import Unavailable
from jemeti_platform.testing.waiting import LONG, wait_until


class Meter:
    """Work that counts how much of it runs at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.peak = 0

    def __call__(self) -> None:
        with self.lock:
            self.now += 1
            self.peak = max(self.peak, self.now)
        time.sleep(0.01)
        with self.lock:
            self.now -= 1


def test_never_more_than_four_in_flight():
    meter, gate = Meter(), HashGate()
    with ThreadPoolExecutor(64) as callers:
        list(callers.map(lambda _: gate.run(meter), range(64)))
    assert meter.peak == 4


def test_the_meter_sees_callers_without_a_gate():
    meter = Meter()
    with ThreadPoolExecutor(64) as callers:
        list(callers.map(lambda _: meter(), range(64)))
    assert meter.peak > 4


def test_who_finds_the_queue_full_is_told_to_come_back():
    gate, answers, go_on = HashGate(in_flight=2, waiting=3, patience=LONG), [], threading.Event()

    def call(_: int) -> None:
        try:
            gate.run(go_on.wait, LONG)
            answers.append((200, None))
        except Unavailable as error:
            answers.append((error.status, error.headers["Retry-After"]))

    with ThreadPoolExecutor(20) as callers:
        asked = callers.map(call, range(20))
        wait_until(lambda: len(answers) == 15)
        go_on.set()
        list(asked)
    assert sorted(answers) == [(200, None)] * 5 + [(503, "2")] * 15
    gate.run(time.sleep, 0)


def test_who_waits_too_long_is_told_so_and_its_hash_is_never_made():
    gate, done = HashGate(in_flight=1, patience=0.1), []
    begun, go_on = threading.Event(), threading.Event()

    def hash_slowly() -> None:
        begun.set()
        go_on.wait(LONG)
        done.append("first")

    first = gate._submit(hash_slowly)  # as by a caller who waits for it, however long
    assert begun.wait(LONG)
    with pytest.raises(Unavailable):
        gate.run(done.append, "second")
    go_on.set()
    first.result(LONG)
    gate._patience = LONG
    gate.run(done.append, "third")
    assert done == ["first", "third"]


def test_a_fork_hashes_too():
    program = """if True:
        import os
        from jemeti_platform.auth.passwords import Passwords
        passwords = Passwords(memory_kib=1_024)
        stored = passwords.hash("x")
        child = os.fork()
        if not child:
            os._exit(0 if passwords.verify(stored, "x") else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    assert _run(program) == "0"


GROWTH = r"""if True:
    import re, threading
    from jemeti_platform.auth.passwords import Passwords
    passwords = Passwords.from_settings({})
    act = {act}
    ready = threading.Barrier(64)
    def call():
        ready.wait()
        act("a lorry full of mangoes")
    threads = [threading.Thread(target=call) for _ in range(64)]
    def peak():
        return int(re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read()).group(1))
    before = peak()
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print((peak() - before) // 1024)
"""


def test_sixty_four_log_ins_at_once_take_less_than_200_mib():
    guarded = int(_run(GROWTH.replace("{act}", "lambda text: passwords.verify(None, text)")))
    unguarded = int(_run(GROWTH.replace("{act}", "passwords._hasher.hash")))
    print("MiB behind the gate and without:", (guarded, unguarded))  # noqa: T201
    assert guarded < 200 < unguarded


def _run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
