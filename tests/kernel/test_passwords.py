"""Hashing passwords: in equal time, never for an endless text."""

from __future__ import annotations

import time
from statistics import median

import pytest

from jemeti_platform.auth.passwords import Passwords
from jemeti_platform.errors import Invalid
from jemeti_platform.platform import BootError


@pytest.fixture
def passwords() -> Passwords:
    return Passwords.from_settings({})


def test_the_right_password_verifies_and_a_wrong_one_does_not(passwords):
    stored = passwords.hash("a lorry full of mangoes")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(stored, "a lorry full of mangoes")
    assert not passwords.verify(stored, "a lorry full of Mangoes")


def test_the_same_characters_typed_elsewhere_are_the_same_password(passwords):
    stored = passwords.hash("cafe\u0301 au lait, \ufb01lter")
    assert passwords.verify(stored, "caf\u00e9 au lait, filter")


def test_nobody_and_a_user_without_a_password_never_verify(passwords):
    assert not passwords.verify_nobody("a lorry full of mangoes")
    assert not passwords.verify(None, "a lorry full of mangoes")
    assert not passwords.verify("", "")


def test_a_hash_that_cannot_be_read_is_no_and_a_line_in_the_log(passwords, caplog):
    assert not passwords.verify("plain text", "plain text")
    assert not passwords.verify("$argon2id$v=19$m=19456,t=2,p=1$broken", "x")
    assert len(caplog.records) == 2


def test_a_log_in_without_a_user_takes_the_same_time(passwords):
    stored = passwords.hash("a lorry full of mangoes")

    def difference() -> float:
        known, unknown = [], []
        for _ in range(20):
            for times, check in ((known, lambda: passwords.verify(stored, "x")), (unknown, _unknown(passwords))):
                begun = time.perf_counter()
                check()
                times.append(time.perf_counter() - begun)
        return abs(median(known) / median(unknown) - 1)

    # Of three attempts, because other work on the machine disturbs one.
    assert any(difference() < 0.1 for _ in range(3))


def _unknown(passwords: Passwords):
    return lambda: passwords.verify_nobody("x")


def test_other_parameters_ask_for_a_new_hash(passwords):
    cheaper = Passwords(memory_kib=1_024, passes=1)
    assert cheaper.needs_rehash(passwords.hash("x"))
    assert not passwords.needs_rehash(passwords.hash("x"))
    assert passwords.verify(cheaper.hash("x"), "x")


@pytest.mark.parametrize("act", ["hash", "verify_nobody", "check_strength"])
def test_a_megabyte_is_refused_before_any_work(passwords, act):
    begun = time.perf_counter()
    with pytest.raises(Invalid, match="password: Use at most 128 characters"):
        getattr(passwords, act)("x" * 1_000_000)
    assert time.perf_counter() - begun < 0.05


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
