"""What a service repeats of what it was sent is neither shown nor kept, whichever service it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from huntbook.errors import ServiceError
from huntbook.testing import FakeDefender, FakeGraph, FakeKusto, FakeResourceGraph, FakeSentinel, FakeSplunk
from huntbook.testing.service import Answer, FakeService, Seen

SERVICES = [FakeDefender, FakeGraph, FakeKusto, FakeResourceGraph, FakeSentinel, FakeSplunk]
TIME = "2026-03-01T10:00:00Z"


@pytest.mark.parametrize("kind", SERVICES, ids=lambda kind: kind.source)
@pytest.mark.parametrize("before", ["", "x" * 296, "x" * 595], ids=len)
def test_a_signature_that_comes_back_in_an_error_is_not_shown(kind: type[FakeService], before: str) -> None:
    sent: list[str] = []

    def echo(seen: Seen) -> Answer:
        sent.append(seen.token)
        text = f"{before} {seen.token}"
        return Answer(400, {"error": {"code": "X", "message": text}, "messages": [{"type": "FATAL", "text": text}]})

    with kind() as service:
        service.answer = echo  # type: ignore[method-assign]
        with pytest.raises(ServiceError) as caught:
            service.connect().query("users" if kind is FakeGraph else "index=x" if kind is FakeSplunk else "T")
    shown = f"{caught.value} {vars(caught.value)}"
    assert sent
    assert all(token[:8] not in shown for token in sent)


def test_a_signature_that_comes_back_in_an_answer_is_neither_shown_nor_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUNTBOOK_CACHE", str(tmp_path))
    with FakeSentinel(tables={"SigninLogs": [{"TimeGenerated": TIME}]}) as service:
        honest = service.answer

        def echo(seen: Seen) -> Answer:
            answer = honest(seen)
            said = json.loads(b"".join(answer.pieces()))
            said["error"] = {"code": "PartialError", "details": [{"message": f"for the token {seen.token}"}]}
            return Answer(answer.status, said)

        service.answer = echo  # type: ignore[method-assign]
        result = service.connect().query("SigninLogs", start="2026-03-01", end="2026-03-02")
        token = service.requests[-1].token
    assert "for the token •••" in repr(result)
    assert token not in f"{result!r} {result._repr_html_()} {result.origin}"
    kept = list(tmp_path.rglob("*.json"))
    assert kept
    assert all(token not in path.read_text(encoding="utf-8") for path in kept)
