"""Which passwords are refused: short ones, and those that everybody would try."""

from __future__ import annotations

import itertools
import random
import time

import pytest

from jemeti_platform.auth.password_strength import _common_words, is_guessable
from jemeti_platform.auth.passwords import Passwords
from jemeti_platform.errors import Invalid

PASSWORDS = Passwords.from_settings({})
FULL_WIDTH = 0xFEE0


@pytest.mark.parametrize(
    "password",
    [
        "workshop-demo-1234",
        "platform-admin-1234",
        "correct horse battery staple",
        "a lorry full of mangoes",
        "739104857261049",
        "vQ8-mmT2-k0Pz-1",
        "পাসওয়ার্ডআমারনিজের",
        "كلمة سر طويلة جدا",
        "Überraschungsei im Keller",
    ],
)
def test_a_long_password_of_ones_own_is_accepted(password):
    PASSWORDS.check_strength(password, words=("demo", "Demo Workshop", "owner@demo.example"))


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password1234567!",
        "P@ssw0rd-P@ssw0rd",
        "".join(chr(ord(letter) + FULL_WIDTH) for letter in "password1234567"),
        "qwertyuiop12345",
        "1qaz2wsx3edc4rfv",
        "123456789012345",
        "zyxwvutsrqponmlk",
        "aaaaaaaaaaaaaaaaaaa",
        "x7k2x7k2x7k2x7k2",
        "abcd1abcd1abcd1",
        "ILoveYou2024!!!!",
        "Bangladesh123456",
        "jemetijemeti2026",
    ],
)
def test_what_everybody_would_try_is_refused_however_long(password):
    assert len(password) >= 15
    with pytest.raises(Invalid, match="easy to guess"):
        PASSWORDS.check_strength(password)


@pytest.mark.parametrize(
    "password", ["rahman-motors-2026", "RahmanMotors12345", "R4hm4nM0t0r5!!!!", "rahman@x.example"]
)
def test_the_names_of_user_and_workspace_are_no_passwords(password):
    words = ("Rahman Motors", "rahman-motors", "rahman@x.example")
    with pytest.raises(Invalid, match="easy to guess"):
        PASSWORDS.check_strength(password, words=words)
    assert not is_guessable("bolshoi-kettle-2026", words)


def test_thousands_of_the_best_known_passwords_are_refused():
    words = sorted(_common_words()[0])
    leet = str.maketrans("aeios", "@3105")
    endings = ("", "1", "12", "123", "1234", "12345", "123456", "!", "1!", "123!", "@123", "01", "69", "2026", "1990")
    forms = (str.lower, str.title, str.upper, lambda word: word.translate(leet))
    tried = {form(word) + ending for word, form, ending in itertools.product(words, forms, endings)}
    tried = {password for password in tried if len(password) >= 8}
    accepted = {password for password in tried if not is_guessable(password)}
    print("passwords tried:", len(tried))  # noqa: T201
    assert len(tried) > 10_000
    assert not accepted


def test_fourteen_characters_are_too_few_and_eight_do_with_a_second_factor():
    with pytest.raises(Invalid, match="new_password: Use at least 15 characters"):
        PASSWORDS.check_strength("vQ8mmT2k0Pz1xy", field="new_password")
    PASSWORDS.check_strength("vQ8mmT2k", second_factor=True)
    with pytest.raises(Invalid, match="at least 8"):
        PASSWORDS.check_strength("vQ8mmT2", second_factor=True)


def test_the_ini_may_ask_for_less_or_more():
    Passwords.from_settings({"jemeti.auth.password_min": "12"}).check_strength("vQ8mmT2k0Pz1")
    with pytest.raises(Invalid, match="at least 20"):
        Passwords.from_settings({"jemeti.auth.password_min": "20"}).check_strength("vQ8mmT2k0Pz1xyvQ8")


def test_chance_is_never_refused():
    chance = random.Random(8)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    drawn = ["".join(chance.choices(letters, k=15)) for _ in range(1_000)]
    drawn += ["".join(chance.choices("0123456789", k=15)) for _ in range(1_000)]
    assert [password for password in drawn if is_guessable(password)] == []


@pytest.mark.parametrize("text", ["ab" * 64, "abcdefghijklmnop" * 8, "a" * 127 + "b", "1qaz" * 31 + "xyz"])
def test_to_judge_the_worst_text_is_less_work_than_to_hash_it(text):
    passwords = Passwords()
    judging, hashing = [], []
    for _ in range(5):
        judging.append(_cpu_seconds(lambda: is_guessable(text, ["a b c d e f g " * 20] * 20)))
        hashing.append(_cpu_seconds(lambda: passwords.hash(text)))
    assert min(judging) < min(hashing)  # about a quarter


def _cpu_seconds(act):
    """What the whole process worked meanwhile, for hashing has threads of its own."""
    begun = time.process_time()
    act()
    return time.process_time() - begun
