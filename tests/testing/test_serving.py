"""A fake service in a process of its own, and a notebook in another that connects to it by what was printed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from huntbook.errors import ParameterError, UnknownName
from huntbook.sources import sources
from huntbook.testing.serving import fake_of, started

RUN = [sys.executable, "-W", "error", "-c"]
COMMAND = "from huntbook.cli import main; main()"


def test_what_is_printed_connects(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    lines = (json.dumps({"colour": "red", "number": number}) for number in range(5))
    (evidence / "app.json").write_text("\n".join(lines), encoding="utf-8")
    environment = os.environ | {"HUNTBOOK_CACHE": str(tmp_path / "cache"), "PYTHONPATH": ":".join(sys.path)}
    command = [*RUN, COMMAND, "fake", "sentinel", "--evidence", str(evidence)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        said = [server.stdout.readline()]
        while said[-1] and not said[-1].startswith("Ctrl-C"):
            said.append(server.stdout.readline())
        program = "".join(said[2:-2])
        asked = f"{program}\nprint(len(sentinel.query('search *', cache='off')), list(sentinel.tables))"
        ran = subprocess.run([*RUN, asked], capture_output=True, text=True, env=environment, timeout=60, check=False)
        server.send_signal(signal.SIGINT)
        server.wait(10)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "5 ['app']\n"


@pytest.mark.parametrize("name", [name for name in sources if name != "local"])
def test_every_source_has_a_fake_service(name: str) -> None:
    assert fake_of(name).source == name


def test_a_fake_that_is_not_there_is_told() -> None:
    with pytest.raises(UnknownName, match="sentinl") as caught:
        fake_of("sentinl")
    assert "sentinel" in caught.value.hint


def test_a_source_without_a_fake_is_not_said_to_have_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sources").mkdir(mode=0o755)
    (tmp_path / "sources" / "loki.py").write_text("", encoding="utf-8")
    (tmp_path / "sources" / "loki.py").chmod(0o644)
    (tmp_path / "huntbook.toml").write_text(f"[plugins]\npaths = ['{tmp_path}']\n", encoding="utf-8")
    tmp_path.chmod(0o755)
    monkeypatch.setenv("HUNTBOOK_CONFIG", str(tmp_path / "huntbook.toml"))
    for name in ("loki", "local"):
        with pytest.raises(
            UnknownName, match=rf"^There is no fake service of {name}\.\nThere are: defender, "
        ) as raised:
            fake_of(name)
        assert "loki" not in raised.value.hint


def test_a_port_that_is_taken_is_told_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ParameterError, match="--port"):
            started("splunk", None, port=taken.getsockname()[1])
