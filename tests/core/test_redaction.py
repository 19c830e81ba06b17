"""A secret that was used does not stand in a text that was redacted, however it is written there."""

from __future__ import annotations

import base64
import html
import json
import logging
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huntbook.core import redaction
from huntbook.core.redaction import MARK, hide, redacted

SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=40)
HOSTILE = ['pa"ss\\w/ord', "<p@ss&word>'", "пароль…🔑", "a b+c%20d", "x\ny\tz\x00", "{{braces}}", "••••"]


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    redaction._hidden.clear()
    yield
    redaction._hidden.clear()


def in_basic(secret: str, user: str) -> str:
    return base64.b64encode(f"{user}:{secret}".encode()).decode()


WRITTEN: dict[str, Callable[[str], str]] = {
    "plain": lambda secret: secret,
    "url": lambda secret: quote(secret, safe=""),
    "url, slashes left": quote,
    "url, lower case": lambda secret: "".join(
        f"%{byte:02x}" if not (byte < 128 and chr(byte).isalnum()) else chr(byte) for byte in secret.encode()
    ),
    "form": quote_plus,
    "json": json.dumps,
    "json, unicode left": lambda secret: json.dumps(secret, ensure_ascii=False),
    "json in json": lambda secret: json.dumps(json.dumps(secret)),
    "html": html.escape,
    "python": lambda secret: repr(secret)[1:-1],
}


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("secret", HOSTILE[:-1])
def test_every_spelling_goes(secret: str, how: str) -> None:
    if how == "url, lower case":
        secret = "".join(sign for sign in secret if sign not in "_.-~") or "a b c d"
    hide(secret)
    written = WRITTEN[how](secret)
    shown = redacted(f"before {written} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert MARK in shown
    assert secret not in shown
    assert written not in shown


@given(secret=SECRETS, before=st.text(), after=st.text())
def test_a_secret_is_in_no_text_that_was_redacted(secret: str, before: str, after: str) -> None:
    redaction._hidden.clear()
    hide(secret)
    shown = redacted(before + secret + after)
    assert MARK in shown
    assert secret not in shown.replace(MARK, "\0") or set(secret) <= {"\0"}


@given(secret=SECRETS, user=st.text(max_size=5), more=st.binary(max_size=5))
def test_base64_in_any_alignment_keeps_no_character_of_the_secret(secret: str, user: str, more: bytes) -> None:
    redaction._hidden.clear()
    hide(secret)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(user.encode() + secret.encode() + more).decode()
        shown = redacted(f"Authorization: Basic {text}")
        start, end = 8 * len(user.encode()), 8 * len((user + secret).encode())
        assert MARK in shown
        kept = shown.removeprefix("Authorization: Basic ")
        assert text[: start // 6].startswith(kept.partition(MARK)[0])  # less is kept where a secret repeats itself
        assert text[-(-end // 6) :].endswith(kept.rpartition(MARK)[2])


@given(st.lists(st.text("ab", min_size=4, max_size=9), min_size=1, max_size=4), st.text("abc", max_size=60))
def test_overlapping_secrets_leave_nothing(secrets: list[str], text: str) -> None:
    """Against the plain way: every character that any occurrence covers is gone, and no other."""
    redaction._hidden.clear()
    covered = [False] * len(text)
    for secret in secrets:
        hide(secret)
        for at in range(len(text) - len(secret) + 1):
            if text.startswith(secret, at):
                covered[at : at + len(secret)] = [True] * len(secret)
    kept = "".join(MARK[0] if gone else sign for sign, gone in zip(text, covered, strict=True))
    shown = redacted(text)
    assert [part for part in shown.split(MARK) if part] == [part for part in kept.split(MARK[0]) if part]


def test_texts_without_secrets_stay_as_they_are() -> None:
    hide("hunter2hunter2")
    assert redacted("nothing to see") == "nothing to see"
    assert redacted("") == ""


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("42", "pin=42, status 404242", "pin=•••, status 404242"),
        ("a", "a cat sat, user:a", "••• cat sat, user:•••"),
        ("a/b", "path?x=a%2Fb&y=xa%2Fby", "path?x=•••&y=xa%2Fby"),
        ("", "anything", "anything"),
    ],
)
def test_short_secrets_go_where_they_stand_alone(secret: str, text: str, shown: str) -> None:
    hide(secret)
    assert redacted(text) == shown


def test_what_was_used_last_is_remembered() -> None:
    hide("the first secret")
    for number in range(redaction._MOST - 1):
        hide(f"secret number {number}")
    hide("the first secret")
    hide("one more secret")
    assert redacted("the first secret") == MARK
    assert redacted("secret number 0") == "secret number 0"
    assert len(redaction._hidden) == redaction._MOST


def test_the_logs_of_others_are_redacted(caplog: pytest.LogCaptureFixture) -> None:
    hide("hunter2hunter2")
    logger = logging.getLogger("somebody.else")
    logger.addFilter(redacting := redaction.Redacting())
    try:
        int("hunter2hunter2")
    except ValueError:
        logger.exception("%s of %d", "hunter2hunter2", 5)
    finally:
        logger.removeFilter(redacting)
    assert "••• of 5" in caplog.text
    assert "ValueError: invalid literal for int() with base 10: '•••'" in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("secret", ["a" * 2_000, "ab" * 1_000, "a" * 1_000 + "b" + "a" * 1_000, "hunter2"])
def test_time_is_linear_in_the_text(secret: str) -> None:
    hide(secret)

    def spent(length: int) -> float:
        text = (secret[:-1] + "a") * (length // len(secret)) + secret
        took = []
        for _ in range(3):
            began = time.perf_counter()
            redacted(text)
            took.append(time.perf_counter() - began)
        return min(took)

    assert spent(1_600_000) < 40 * spent(100_000) + 0.05
    assert spent(1_600_000) < 2
