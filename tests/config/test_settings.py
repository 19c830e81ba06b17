"""Settings come from where they are said to, the strongest place first; what is wrong says so, and where."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator, model_validator
from tests.config.showing import HOSTILE, in_frames, ways

from huntbook.config.file import SettingsFile
from huntbook.config.secrets import Secret
from huntbook.config.settings import Setting, SettingsModel, describe, load, origins
from huntbook.core import redaction
from huntbook.errors import ConfigError


class Proxy(SettingsModel):
    url: str
    password: Secret | None = None


class Splunk(SettingsModel):
    host: str
    """The server's name or address."""
    token: Secret
    """A token of the
    search head."""
    port: int = Field(default=8089, ge=1, le=65535)
    verify: bool = True
    cloud: Literal["public", "usgov", "china"] = "public"
    indexes: list[str] = Field(default_factory=list)
    headers: dict[str, Secret] = Field(default_factory=dict)
    limits: dict[str, int] = Field(default_factory=dict)
    wait: timedelta = timedelta(seconds=60)
    workspaces: str | list[str] = ""
    certificate: Path | None = None
    proxy: Proxy | None = None

    @field_validator("host")
    @classmethod
    def _no_spaces(cls, value: str) -> str:
        if " " in value:
            raise ValueError(f"{value!r} is no host")
        return value


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No settings but those of the test."""
    for name in [name for name in os.environ if name.startswith("HUNTBOOK_")]:
        monkeypatch.delenv(name)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "home" / "config"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    yield
    redaction._hidden.clear()


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a settings file and let it be the one."""

    def write(text: str) -> Path:
        path = tmp_path / "chosen.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("HUNTBOOK_CONFIG", str(path))
        return path

    return write


def failed(given: dict[str, object] | None = None, model: type[BaseModel] = Splunk, use: str = "") -> ConfigError:
    with pytest.raises(ConfigError) as raised:
        load("splunk", model, given or {}, use=use)
    assert raised.value.__context__ is None
    assert "\n" not in raised.value.message
    assert "\n" not in raised.value.hint
    return raised.value


GOOD: dict[str, object] = {"host": "splunk.example", "token": "hunter2hunter2"}

# Which place is the strongest


def test_arguments_go_before_the_environment_and_that_before_the_file(
    toml: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = toml('[sources.splunk]\nhost = "file"\nport = 1\nverify = false\ntoken = "env:A"\n')
    assert load("splunk", Splunk, {}).model_dump(include={"host", "port"}) == {"host": "file", "port": 1}
    monkeypatch.setenv("HUNTBOOK_SPLUNK_HOST", "environment")
    monkeypatch.setenv("HUNTBOOK_SPLUNK_PORT", "2")
    found = load("splunk", Splunk, {"host": "argument", "port": None})
    assert (found.host, found.port, found.verify) == ("argument", 2, False)
    assert origins("splunk", Splunk, {"host": "argument"}) == {
        "host": "argument",
        "port": "HUNTBOOK_SPLUNK_PORT",
        "verify": f"{path}:4",
        "token": f"{path}:5",
        **dict.fromkeys(
            ("cloud", "indexes", "headers", "limits", "wait", "workspaces", "certificate", "proxy"), "default"
        ),
    }


def test_one_of_several_goes_before_what_is_said_in_general(toml: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    toml(
        '[sources.splunk]\nhost = "general"\nport = 1\ntoken = "env:A"\n'
        '[sources.splunk.contoso]\nhost = "contoso"\n[sources.splunk.fabrikam]\nhost = "fabrikam"\n'
    )
    assert load("splunk", Splunk, {}).host == "general"
    assert load("splunk", Splunk, {}, use="contoso").host == "contoso"
    assert load("splunk", Splunk, {}, use="fabrikam").port == 1
    # A variable for the source in general must not lead somewhere else than was asked for by name.
    monkeypatch.setenv("HUNTBOOK_SPLUNK_HOST", "elsewhere")
    assert load("splunk", Splunk, {}).host == "elsewhere"
    assert load("splunk", Splunk, {}, use="contoso").host == "contoso"
    monkeypatch.setenv("HUNTBOOK_SPLUNK_CONTOSO_HOST", "contoso's own")
    monkeypatch.setenv("HUNTBOOK_SPLUNK_CONTOSO_HOST", "contoso.own")
    assert load("splunk", Splunk, {}, use="contoso").host == "contoso.own"
    assert load("splunk", Splunk, {}, use="fabrikam").host == "fabrikam"
    assert load("splunk", Splunk, {"host": "argument"}, use="contoso").host == "argument"
    assert origins("splunk", Splunk, use="contoso")["host"] == "HUNTBOOK_SPLUNK_CONTOSO_HOST"


def test_one_of_several_may_be_in_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUNTBOOK_SPLUNK_CONTOSO_EU_HOST", "contoso")
    monkeypatch.setenv("HUNTBOOK_SPLUNK_TOKEN", "hunter2hunter2")
    assert load("splunk", Splunk, {}, use="contoso eu").host == "contoso"


def test_a_name_that_is_not_there_is_not_passed_over(toml: Any) -> None:
    error = failed(GOOD, use="contsoso")
    assert error.message == "splunk: there is no [sources.splunk.contsoso] in huntbook.toml, which is not there."
    path = toml("[sources.splunk]\nport = 1\n[sources.splunk.contoso]\nport = 2\n[sources.splunk.fabrikam]\nport = 2\n")
    error = failed(GOOD, use="contsoso")
    assert error.message == f"splunk: there is no [sources.splunk.contsoso] in {path}:1."
    assert error.hint == "Did you mean use='contoso'?"
    assert failed(GOOD, use="zzz").hint == "There are: contoso, fabrikam."


@given(st.sets(st.sampled_from(["argument", "use env", "use file", "env", "file"])), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_strongest_place_that_speaks_is_heard(places: set[str], use: bool) -> None:
    order = ["argument", "use env", "use file", "env", "file"] if use else ["argument", "env", "file"]
    with pytest.MonkeyPatch.context() as patch, pytest.MonkeyPatch.context():
        file = Path("huntbook-test.toml")
        lines = [
            "[sources.splunk]",
            'host = "file"' if "file" in places else "",
            "[sources.splunk.contoso]",
            'host = "use.file"' if "use file" in places else "",
        ]
        file.write_text("\n".join(lines), encoding="utf-8")
        patch.setenv("HUNTBOOK_CONFIG", str(file))
        if "env" in places:
            patch.setenv("HUNTBOOK_SPLUNK_HOST", "env")
        if "use env" in places:
            patch.setenv("HUNTBOOK_SPLUNK_CONTOSO_HOST", "use.env")
        given: dict[str, object] = {"token": "hunter2hunter2", **({"host": "argument"} if "argument" in places else {})}
        expected = next((place for place in order if place in places), None)
        name = "contoso" if use else ""
        if expected is None:
            with pytest.raises(ConfigError, match="host is missing"):
                load("splunk", Splunk, given, use=name)
        else:
            assert load("splunk", Splunk, given, use=name).host == expected.replace(" ", ".")


# What the environment can say


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("port", "9000", 9000),
        ("verify", "false", False),
        ("verify", "0", False),
        ("wait", "PT2M", timedelta(minutes=2)),
        ("indexes", "main, _audit ,", ["main", "_audit"]),
        ("indexes", '["a,b", "c"]', ["a,b", "c"]),
        ("indexes", "one", ["one"]),
        ("limits", "rows=5, bytes=7", {"rows": 5, "bytes": 7}),
        ("limits", '{"rows": 5}', {"rows": 5}),
        ("workspaces", "a, b", "a, b"),
        ("workspaces", '["a", "b"]', ["a", "b"]),
        ("certificate", "/tmp/x.pem", Path("/tmp/x.pem")),  # noqa: S108
    ],
)
def test_texts_are_read_as_their_types(field: str, text: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"HUNTBOOK_SPLUNK_{field.upper()}", text)
    assert getattr(load("splunk", Splunk, GOOD), field) == value


def test_secrets_in_tables_and_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUNTBOOK_SPLUNK_HEADERS", "X-Key=the header's word, X-Other=env:OTHER")
    monkeypatch.setenv("HUNTBOOK_SPLUNK_PROXY", '{"url": "http://proxy", "password": "the proxy\'s word"}')
    found = load("splunk", Splunk, GOOD)
    assert found.headers["X-Key"].reveal() == "the header's word"
    assert found.headers["X-Other"] == Secret("env:OTHER")
    assert found.proxy
    assert found.proxy.password
    assert found.proxy.password.reveal() == "the proxy's word"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUNTBOOK_SPLUNK_TOKEN", "")
    assert failed({"host": "a"}).message == "splunk: token is missing."


# What is wrong


def test_missing_settings_say_the_ways_to_give_them(toml: Any) -> None:
    error = failed()
    assert error.message == "splunk: host and token are missing."
    assert error.hint == (
        "Give host=…, set HUNTBOOK_SPLUNK_HOST, or write host = … under [sources.splunk] in ~/config/huntbook/huntbook.toml."
    )
    path = toml('[sources.splunk]\nhost = "a"\n')
    assert failed().hint == (
        f'Give token=…, set HUNTBOOK_SPLUNK_TOKEN, or write token = "keyring:splunk" under [sources.splunk] in {path}.'
    )


def test_a_missing_setting_with_several_to_choose_from(toml: Any) -> None:
    toml('[sources.splunk.contoso]\nhost = "a"\n[sources.splunk.fabrikam]\nhost = "b"\n')
    assert failed().hint.startswith("Say which: use='contoso' or use='fabrikam'. Give host=…")


def test_a_missing_setting_with_a_misspelt_table(toml: Any) -> None:
    path = toml('\n[sources.spluk]\nhost = "a"\n')
    error = failed()
    assert f"there is no source for [sources.spluk] ({path}:2)" in error.message
    assert error.hint == "Did you mean [sources.splunk]?"


def test_an_unknown_argument() -> None:
    error = failed({**GOOD, "hots": "x"})
    assert (error.message, error.hint) == ("splunk: there is no setting 'hots' (argument).", "Did you mean 'host'?")
    assert failed({**GOOD, "zzzzz": "x"}).hint.startswith("There are: certificate, cloud, headers, host,")


def test_an_unknown_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUNTBOOK_SPLUNK_HOTS", "x")
    error = failed(GOOD)
    assert error.message == "splunk: there is no setting for the variable HUNTBOOK_SPLUNK_HOTS."
    assert error.hint == "Did you mean HUNTBOOK_SPLUNK_HOST?"


@pytest.mark.parametrize(
    "name",
    ["HUNTBOOK_SPLUNK_CLOUD_HOST", "HUNTBOOK_SPLUNK_CONTOSO_TOKEN", "HUNTBOOK_SPLUNK_ZZZZ", "HUNTBOOK_SPLUNKER_HOTS"],
)
def test_variables_of_others_are_left_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x")
    assert load("splunk", Splunk, GOOD).host == "splunk.example"


def test_an_unknown_key_with_file_and_line(toml: Any) -> None:
    path = toml('# mine\n[sources.splunk]\nhost = "a"\n\nhots = "b"\n[sources.splunk.contoso]\nprot = 1\n')
    error = failed(GOOD)
    assert (error.message, error.hint) == (f"splunk: there is no setting 'hots' ({path}:5).", "Did you mean 'host'?")
    error = failed(GOOD, use="contoso")
    assert error.message == f"splunk: there is no setting 'hots' ({path}:5); there is no setting 'prot' ({path}:7)."


def test_a_table_that_is_none(toml: Any) -> None:
    path = toml('[sources]\nsplunk = "splunk.example"\n')
    error = failed(GOOD)
    assert error.message == f"splunk: splunk is no table ({path}:2)."
    assert error.hint == "Write [sources.splunk] and its settings below."


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("port", "many", "port is no whole number"),
        ("port", "70000", "port should be less than or equal to 65535"),
        ("verify", "perhaps", "verify is neither true nor false"),
        ("wait", "soon", "wait is no duration"),
        ("limits", "rows=many", "limits is no whole number"),
        ("limits", "rows", "limits is neither JSON nor a=1, b=2"),
        ("limits", "{rows", "limits is no JSON"),
        ("indexes", "[main", "indexes is no JSON"),
        ("cloud", "mars", "cloud is none of public, usgov, china"),
        ("proxy", "{}", "proxy.url is missing"),
        ("headers", "[1]", "headers is no table"),
        ("proxy", '{"url": 5}', "proxy.url is no text"),
        ("workspaces", '{"a": 1}', "workspaces is no text, or is no list"),
    ],
)
def test_a_value_of_the_wrong_type_is_told_by_its_variable(
    field: str, text: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"HUNTBOOK_SPLUNK_{field.upper()}", text)
    error = failed(GOOD)
    assert error.message == f"splunk: {told} (HUNTBOOK_SPLUNK_{field.upper()})."


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("port = 'many'", "port is no whole number"),
        ("port = 1.5", "port is no whole number"),
        ("host = 5", "host is no text"),
        ("indexes = 'main'", "indexes is no list"),
        ("cloud = 'usgvo'", "cloud is none of public, usgov, china"),
        ("proxy = {url = 'x', passwort = 'env:A'}", "proxy.passwort is no setting"),
    ],
)
def test_a_value_of_the_wrong_type_is_told_by_its_line(toml: Any, line: str, told: str) -> None:
    path = toml(f"[sources.splunk]\ntoken = 'env:A'\n{line}\n")
    error = failed({"host": "a"} if "host" not in line else {})
    assert error.message == f"splunk: {told} ({path}:3)."
    if "usgvo" in line:
        assert error.hint == "Did you mean 'usgov'?"
    if "host" in line:
        assert error.hint == "The server's name or address."


def test_a_rule_of_several_fields_together() -> None:
    class Either(SettingsModel):
        token: Secret | None = None
        user: str = ""

        @model_validator(mode="after")
        def _one_of_them(self) -> Either:
            if not self.token and not self.user:
                raise ValueError("Give a token, or a user and a password.")
            return self

    assert failed({}, Either).message == "splunk: Give a token, or a user and a password."


def test_everything_that_is_wrong_is_told_at_once() -> None:
    error = failed({"host": 5, "port": "x", "verfy": True})
    assert error.message == "splunk: there is no setting 'verfy' (argument)."
    error = failed({"host": 5, "port": "x"})
    assert error.message == "splunk: token is missing; host is no text (argument); port is no whole number (argument)."


# Secrets


@pytest.mark.parametrize(
    "line",
    [
        "token = 'hunter2hunter2'",
        "headers = {X-Key = 'hunter2hunter2'}",
        "proxy = {url = 'x', password = 'hunter2hunter2'}",
    ],
)
def test_a_secret_that_stands_plainly_in_the_file_is_refused(toml: Any, line: str) -> None:
    path = toml(f"[sources.splunk]\nhost = 'a'\n{line}\n")
    name = line.split(" ", maxsplit=1)[0]
    error = failed({} if name == "token" else {"token": "env:A"})
    assert error.message == f"splunk: {name} is a secret and stands there for everybody to read ({path}:3)."
    assert error.hint == (
        f'Keep it elsewhere and refer to it: {name} = "keyring:splunk". env:NAME, file:/PATH and vault:NAME/SECRET do too.'
    )
    assert "hunter2" not in in_frames(error)


def test_a_reference_in_the_file_that_is_written_wrongly(toml: Any) -> None:
    path = toml("[sources.splunk]\nhost = 'a'\ntoken = 'file:secret'\n")
    assert failed().message == (
        f"splunk: token begins with file: and is not written like that, file:/PATH or file:~/PATH ({path}:3)."
    )


@settings(max_examples=8, deadline=None)
@given(HOSTILE)
def test_no_error_and_no_frame_of_ours_shows_a_secret(value: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUNTBOOK_SPLUNK_HEADERS", f"[{value!r}")
        if "\0" not in value:
            patch.setenv("HUNTBOOK_SPLUNK_TOKEN", value)
        attempts: list[dict[str, object]] = [
            {"token": value},
            {"token": value, "host": "a", "prot": 1},
            {"token": [value], "host": "a"},
            {"token": {"a": value}, "host": 5},
            {"token": value.encode(), "host": "a"},
            {"token": f"vault:{value}", "host": "a"},
            {"token": value, "host": f"{value} {value}"},
            {"headers": value, "host": "a"},
            {"headers": [value], "host": "a"},
            {"headers": {"X": [value]}, "host": "a"},
            {"proxy": {"password": value}, "host": "a"},
            {"proxy": {"password": value, "extra": value}, "host": "a"},
            {"proxy": value, "host": "a"},
        ]
        for attempt in attempts:
            with pytest.raises(ConfigError) as raised:
                load("splunk", Splunk, attempt)
            for shown in (str(raised.value), repr(raised.value), in_frames(raised.value)):
                assert value not in shown, attempt
                assert value not in shown.replace("\\\\", "\\"), attempt
    loaded = load(
        "splunk",
        Splunk,
        {"token": value, "host": "a", "headers": {"X": value}, "proxy": {"url": "u", "password": value}},
    )
    for name, shown in ways(loaded):
        assert value not in shown, name


@settings(max_examples=25, deadline=None)
@given(HOSTILE)
def test_nor_does_a_file_that_has_it(value: str) -> None:
    if not value.isprintable():
        return
    text = value.replace("\\", "\\\\").replace('"', '\\"')
    with pytest.MonkeyPatch.context() as patch:
        file = Path("huntbook-test.toml")
        patch.setenv("HUNTBOOK_CONFIG", str(file))
        for line in (
            f'token = "{text}"',
            f'token = ["{text}"]',
            f'token = "{text}',
            f'token = "{text}"\ntoken = "{text}"',
            f'headers = {{a = "{text}"}}',
        ):
            file.write_text(f"[sources.splunk]\nhost = 'a'\n{line}\n", encoding="utf-8")
            with pytest.raises(ConfigError) as raised:
                load("splunk", Splunk, {})
            for shown in (str(raised.value), in_frames(raised.value)):
                assert value not in shown
                assert text not in shown


def test_loading_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    load("splunk", Splunk, GOOD)
    assert caplog.text == ""


def test_a_model_made_by_hand_shows_no_values_in_its_errors() -> None:
    with pytest.raises(ValueError, match="Field required") as raised:
        Splunk(token="hunter2hunter2")  # type: ignore[call-arg]
    assert "hunter2" not in str(raised.value)


# For people


def test_describe() -> None:
    told = {one.name: one for one in describe(Splunk)}
    assert told["host"] == Setting(
        "host", "text", None, required=True, secret=False, about="The server's name or address."
    )
    assert told["token"] == Setting(
        "token", "secret", None, required=True, secret=True, about="A token of the search head."
    )
    assert {name: one.type for name, one in told.items()} == {
        "host": "text",
        "token": "secret",
        "port": "whole number",
        "verify": "true or false",
        "cloud": "public, usgov or china",
        "indexes": "list of text",
        "headers": "table of secret",
        "limits": "table of whole number",
        "wait": "duration",
        "workspaces": "text or list of text",
        "certificate": "path",
        "proxy": "table of url, password",
    }
    assert [name for name, one in told.items() if one.secret] == ["token", "headers", "proxy"]
    assert told["port"].default == 8089


def test_origins_when_nothing_is_said() -> None:
    assert origins("splunk", Splunk)["host"] == "missing"
    assert origins("splunk", Splunk)["port"] == "default"


# Lines


@pytest.mark.parametrize(
    ("text", "keys", "line"),
    [
        ("[sources.a]\nb = 1\n", ("sources", "a", "b"), 2),
        ("[sources.a]\nb = 1\n", ("sources", "a"), 1),
        ("# c\n\n[ sources . 'a' ]  # d\n\"b\" = 1\n", ("sources", "a", "b"), 4),
        ("[sources]\na = {b = 1, c = {d = 2}}\n", ("sources", "a", "c", "d"), 2),
        ("sources.a.b = 1\n", ("sources", "a", "b"), 1),
        ('[sources.a]\nx = """\n[sources.z]\nb = 2\n"""\nb = 1\n', ("sources", "a", "b"), 6),
        ("[sources.a]\nx = [\n  1, # ]\n  2,\n]\nb = 1\n", ("sources", "a", "b"), 6),
        ("[sources.a]\r\nb = 1\r\n", ("sources", "a", "b"), 2),
        ("[[list]]\nb = 1\n[sources.a]\nb = 1", ("sources", "a", "b"), 4),
    ],
)
def test_the_line_of_a_key(text: str, keys: tuple[str, ...], line: int) -> None:
    assert SettingsFile(Path("/x.toml"), text, {}).place(*keys) == f"/x.toml:{line}"


def test_a_key_whose_line_is_not_known_has_its_file() -> None:
    assert SettingsFile(Path("/x.toml"), "a = 1", {}).place("b") == "/x.toml"
    endless = 'a = """\n' + "x\n" * 2_000 + '"""\nb = 1\n'
    assert SettingsFile(Path("/x.toml"), endless, {}).place("a") == "/x.toml"


class TwoWays(SettingsModel):
    ways_in = (frozenset({"token"}), frozenset({"user", "password"}))
    host: str = ""
    token: Secret | None = None
    user: str = ""
    password: Secret | None = None


def test_a_place_that_says_how_to_sign_in_gets_no_other_way_from_a_weaker_one(
    toml: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml("""
[sources.two]
host = "a"
user = "ana"
password = "env:PASSWORD"
[sources.two.lab]
token = "env:TOKEN"
[sources.two.other]
host = "b"
user = "otto"
""")
    monkeypatch.setenv("PASSWORD", "hunter2hunter2")
    lab = load("two", TwoWays, {}, use="lab")
    assert (lab.host, lab.user, lab.password, lab.token is None) == ("a", "", None, False)
    other = load("two", TwoWays, {}, use="other")
    assert (other.host, other.user, other.password is None, other.token) == ("b", "otto", False, None)
    assert origins("two", TwoWays, use="lab")["user"] == "default"
    both = load("two", TwoWays, {"token": "t0kent0ken", "user": "x"}, use="other")
    assert (both.user, both.token is None) == (
        "x",
        False,
    )  # for who gives both in one place, the model says what is wrong


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("[sources.splunc]\nwait = 30\n", "there is no source for [sources.splunc] ({}:1)", "[sources.splunk]?"),
        ("\n[source.splunk]\nwait = 30\n", "there is no table 'source' ({}:2)", "'sources'?"),
        ("[weather]\nsunny = true\n", "there is no table 'weather' ({}:1)", "There are: packs, plugins, sources."),
    ],
)
def test_a_misspelt_table_is_not_passed_over(toml: Any, text: str, said: str, hint: str) -> None:
    path = toml(text)
    error = failed({"host": "h", "token": "t0kent0ken"})
    assert said.format(path) in error.message
    assert hint in error.hint


def test_a_table_of_another_source_is_its_own(toml: Any) -> None:
    toml("[sources.splunc]\nwait = 30\n[sources.sentinel]\nworkspace = 'a'\n")
    assert load("splunk", Splunk, {"host": "h", "token": "t0kent0ken"}, known={"splunc"}).host == "h"
