"""Hashing passwords: in equal time, never for an endless text."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

from jemeti_platform.auth.hash_gate import HashGate
from jemeti_platform.auth.passwords import Passwords
from jemeti_platform.errors import Invalid
from jemeti_platform.platform import BootError


class CountingGate(HashGate):
    """Counts how often argon2 was set to work."""

    begun = 0

    def run(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.begun += 1
        return super().run(work, *args, **kwargs)


@pytest.fixture
def passwords() -> Passwords:
    passwords = Passwords.from_settings({})
    passwords.gate = CountingGate()
    return passwords


def cpu_seconds(act: Callable[[], object]) -> float:
    """What the whole process worked meanwhile: hashing has threads of its own; other programs do not count."""
    begun = time.process_time()
    act()
    return time.process_time() - begun


def test_the_right_password_verifies_and_a_wrong_one_does_not(passwords):
    stored = passwords.hash("a lorry full of mangoes")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(stored, "a lorry full of mangoes")
    assert not passwords.verify(stored, "a lorry full of Mangoes")


def test_the_same_characters_typed_elsewhere_are_the_same_password(passwords):
    stored = passwords.hash("cafe\u0301 au lait, \ufb01lter")
    assert passwords.verify(stored, "caf\u00e9 au lait, filter")


def test_nobody_and_a_user_without_a_password_never_verify(passwords):
    assert not passwords.verify(None, "a lorry full of mangoes")
    assert not passwords.verify("", "")


def test_a_hash_that_cannot_be_read_is_no_and_a_line_in_the_log(passwords, caplog):
    assert not passwords.verify("plain text", "plain text")
    assert not passwords.verify("$argon2id$v=19$m=19456,t=2,p=1$broken", "x")
    assert len(caplog.records) == 2


def test_a_log_in_without_a_user_is_as_much_work(passwords):
    stored = passwords.hash("a lorry full of mangoes")
    passwords.gate.begun = 0
    known, unknown = [], []
    for _ in range(20):
        known.append(cpu_seconds(lambda: passwords.verify(stored, "x")))
        unknown.append(cpu_seconds(lambda: passwords.verify(None, "x")))
    assert passwords.gate.begun == 40
    # Without a hash the second would be a thousandth, with other parameters a half.
    assert 0.75 < median(known) / median(unknown) < 1.33


def test_other_parameters_ask_for_a_new_hash(passwords):
    cheaper = Passwords(memory_kib=1_024, passes=1)
    assert cheaper.needs_rehash(passwords.hash("x"))
    assert not passwords.needs_rehash(passwords.hash("x"))
    assert passwords.verify(cheaper.hash("x"), "x")


ACTS = {
    "hash": Passwords.hash,
    "verify": lambda passwords, text: passwords.verify(None, text),
    "check_strength": Passwords.check_strength,
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_megabyte_is_refused_before_any_work(passwords, act):
    a_hash = min(cpu_seconds(lambda: passwords.hash("x" * 128)) for _ in range(3))
    passwords.gate.begun = 0

    def refuse() -> None:
        with pytest.raises(Invalid, match="password: Use at most 128 characters"):
            act(passwords, "x" * 1_000_000)

    # about a thousandth; to normalise a megabyte would be more than a tenth
    assert min(cpu_seconds(refuse) for _ in range(3)) < a_hash / 20
    assert passwords.gate.begun == 0


def test_a_character_that_normalises_to_many_does_not_get_round_the_bound(passwords):
    with pytest.raises(Invalid, match="at most 128"):
        passwords.hash("\ufdfa" * 100)


def test_half_a_character_is_refused_not_a_crash(passwords):
    with pytest.raises(Invalid, match="half a character"):
        passwords.hash("mangoes \ud83d")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("jemeti.auth.hashes_in_flight", "0"),
        ("jemeti.auth.hashes_in_flight", "four"),
        ("jemeti.auth.password_min", "7"),
        ("jemeti.auth.argon2_memory_kib", "512"),
        ("jemeti.auth.argon2_passes", "-1"),
    ],
)
def test_a_wrong_setting_stops_the_boot_and_names_its_key(key, value):
    with pytest.raises(BootError, match=f"^{key}: .+[.]$"):
        Passwords.from_settings({key: value})
