"""A secret is shown by nothing, and had from where it stands."""

from __future__ import annotations

import copy
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.credentials
import keyring.errors
import pytest
from hypothesis import given, settings
from pydantic import BaseModel, TypeAdapter, ValidationError
from tests.config.showing import HOSTILE, in_frames, ways

from huntbook.config import references
from huntbook.config.secrets import Secret
from huntbook.core import redaction
from huntbook.core.redaction import MARK, redacted
from huntbook.errors import ConfigError, NotInstalled, SecretMissing

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of files are POSIX's")


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    redaction._hidden.clear()
    yield
    redaction._hidden.clear()


class Model(BaseModel):
    token: Secret
    more: list[Secret] = []
    maybe: Secret | None = None


class Memory(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 0.5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def get_credential(self, service: str, username: str | None) -> keyring.credentials.Credential | None:
        found = [(user, word) for (name, user), word in self.kept.items() if name == service]
        return keyring.credentials.SimpleCredential(*found[0]) if found else None


@pytest.fixture
def memory() -> Iterator[Memory]:
    before = keyring.get_keyring()
    backend = Memory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


# How it is shown


@settings(max_examples=30, deadline=None)
@given(HOSTILE)
def test_no_way_of_showing_shows_a_value(value: str) -> None:
    secret = Secret(value)
    for name, shown in ways(secret):
        assert value not in shown, name
        assert value.strip("§¶") not in shown or len(value) < 12, name
    assert secret.reveal() == value


@settings(max_examples=30, deadline=None)
@given(HOSTILE)
def test_nor_when_it_was_revealed_by_reference(value: str) -> None:
    if "\0" in value:
        return
    os.environ["HUNTBOOK_TEST_SECRET"] = value
    try:
        secret = Secret("env:HUNTBOOK_TEST_SECRET")
        assert secret.reveal() == value
        for name, shown in ways(secret):
            assert value not in shown, name
    finally:
        del os.environ["HUNTBOOK_TEST_SECRET"]


@settings(max_examples=30, deadline=None)
@given(HOSTILE)
def test_a_model_that_holds_one_shows_none(value: str) -> None:
    model = Model(token=Secret(value), more=[Secret(value, plain=True)])
    for name, shown in ways(model):
        assert value not in shown, name
    assert value not in str(model.model_json_schema())
    assert model.model_dump(mode="json")["token"] == MARK
    assert model.token.reveal() == value


@settings(max_examples=30, deadline=None)
@given(HOSTILE)
def test_what_was_revealed_or_given_is_redacted_in_texts(value: str) -> None:
    redaction._hidden.clear()
    Secret(value)
    assert redacted(f"the service said: bad password {value}!") == f"the service said: bad password {MARK}!"


def test_what_is_shown() -> None:
    assert repr(Secret("hunter2hunter2")) == "Secret('•••')"
    assert repr(Secret("keyring:splunk")) == "Secret('keyring:splunk')"
    assert str(Secret("keyring:splunk")) == MARK
    assert f"{Secret('hunter2hunter2'):>5}" == "  •••"
    assert Model(token="env:A").model_dump_json() == '{"token":"env:A","more":[],"maybe":null}'
    assert Model.model_json_schema()["properties"]["token"] == {
        "format": "password",
        "title": "Token",
        "type": "string",
        "writeOnly": True,
    }


def test_a_value_has_no_attribute_and_no_dictionary() -> None:
    secret = Secret("hunter2hunter2")
    with pytest.raises(TypeError):
        vars(secret)
    with pytest.raises(AttributeError):
        secret.value = "x"  # type: ignore[attr-defined]
    assert not [name for name in dir(secret) if getattr(secret, name, None) == "hunter2hunter2"]


def test_values_are_not_pickled_references_are() -> None:
    with pytest.raises(TypeError, match="given as a value"):
        pickle.dumps(Secret("hunter2hunter2"))
    assert pickle.loads(pickle.dumps(Secret("env:HOME"))) == Secret("env:HOME")


def test_copies_are_the_secret_itself() -> None:
    secret = Secret("hunter2hunter2")
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret
    assert Model(token=secret).model_copy(deep=True).token is secret


def test_equality_and_hash_tell_nothing_of_values() -> None:
    assert Secret("env:A") == Secret("env:A")
    assert hash(Secret("env:A")) == hash(Secret("env:A"))
    assert Secret("env:A") != Secret("env:B")
    assert Secret("hunter2hunter2") != Secret("hunter2hunter2")
    assert Secret("env:A") != "env:A"


# How it is made


def test_models_take_texts_and_secrets() -> None:
    model = Model(token="hunter2hunter2", more=["env:A", Secret("b" * 9)], maybe=None)
    assert model.token.reveal() == "hunter2hunter2"
    assert model.more[0] == Secret("env:A")
    assert TypeAdapter(dict[str, Secret]).validate_python({"a": "x" * 9})["a"].reveal() == "x" * 9


@pytest.mark.parametrize("value", [123456789, b"bytes-of-secret", ["listed-secret"], None, {"a": "secret-in-dict"}])
def test_what_is_no_text_is_refused_without_showing_it(value: object) -> None:
    ways_to_make: list[Callable[[Any], object]] = [
        Secret,
        lambda given: Model(token=given),
        TypeAdapter(Secret).validate_python,
    ]
    for make in ways_to_make:
        with pytest.raises(TypeError, match=f"A secret is text, not {type(value).__name__}.") as raised:
            make(value)
        assert not isinstance(raised.value, ValidationError)
        assert value is None or repr(value) not in in_frames(raised.value)


def test_the_mark_that_stands_for_a_secret_is_not_taken_for_one() -> None:
    written = Model(token=Secret("hunter2hunter2")).model_dump_json()
    with pytest.raises(SecretMissing, match="A secret is empty"):
        Model.model_validate_json(written).token.reveal()


def test_an_empty_secret_is_missing() -> None:
    with pytest.raises(SecretMissing) as raised:
        Secret("").reveal()
    assert raised.value.hint == 'Give its value, or a reference to it, as in "keyring:splunk".'


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("env:", "env:NAME"),
        ("env:not a name", "env:NAME"),
        ("keyring:", "keyring:SERVICE"),
        ("keyring:/user", "keyring:SERVICE"),
        ("file:relative/path", "file:/PATH"),
        ("file:", "file:/PATH"),
        ("file:~other/x", "file:/PATH"),
        ("vault:name", "vault:NAME/SECRET"),
        ("vault:name/", "vault:NAME/SECRET"),
        ("vault:name/secret/version/more", "vault:NAME/SECRET"),
        ("vault:https://evil.example/secrets/x", "vault:NAME/SECRET"),
        ("vault:https://evil.example/.vault.azure.net/secrets/x", "vault:NAME/SECRET"),
        ("vault:https://user:word@x.vault.azure.net/secrets/x", "vault:NAME/SECRET"),
        ("vault:https://x.vault.azure.net:8443/secrets/x", "vault:NAME/SECRET"),
        ("vault:https://x.vault.azure.net.evil.example/secrets/x", "vault:NAME/SECRET"),
        ("vault:https://x.vault.azure.net/keys/x", "vault:NAME/SECRET"),
        ("vault:https://x.vault.azure.net/secrets/x?api-version=1", "vault:NAME/SECRET"),
        ("vault:https://x.vault.azure.net/secrets/x#part", "vault:NAME/SECRET"),
        ("vault:http://x.vault.azure.net/secrets/x", "vault:NAME/SECRET"),
        ("vault:a.b/x", "vault:NAME/SECRET"),
    ],
)
def test_a_reference_that_is_written_wrongly_says_how_it_is_written(text: str, form: str) -> None:
    scheme, _, place = text.partition(":")
    with pytest.raises(
        ConfigError, match=f"A secret begins with {scheme}: and is not written like that, {form}"
    ) as raised:
        Secret(text)
    assert not isinstance(raised.value, SecretMissing)
    assert len(place) < 4 or place not in in_frames(raised.value)  # it might be a password that begins like that
    with pytest.raises(TypeError, match="is not written like that") as in_model:
        Model(token=text)
    assert len(place) < 4 or place not in in_frames(in_model.value)


def test_a_value_that_looks_like_a_reference_can_be_given_all_the_same() -> None:
    assert Secret("env:not a name", plain=True).reveal() == "env:not a name"
    assert Secret("https://not.a/reference").reveal() == "https://not.a/reference"


# Where it stands


def test_it_is_fetched_when_it_is_revealed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret("env:HUNTBOOK_TEST_SECRET")
    monkeypatch.setenv("HUNTBOOK_TEST_SECRET", "the first value")
    assert secret.reveal() == "the first value"
    monkeypatch.setenv("HUNTBOOK_TEST_SECRET", "another value")
    assert secret.reveal() == "the first value"
    assert redacted("the first value") == MARK


def test_one_that_is_not_there_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret("env:HUNTBOOK_TEST_SECRET")
    monkeypatch.delenv("HUNTBOOK_TEST_SECRET", raising=False)
    with pytest.raises(SecretMissing) as raised:
        secret.reveal()
    assert raised.value.message == "The secret env:HUNTBOOK_TEST_SECRET is not set in the environment."
    assert raised.value.hint == (
        "Set HUNTBOOK_TEST_SECRET before Python starts, or in it: os.environ['HUNTBOOK_TEST_SECRET'] = getpass.getpass()."
    )
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    monkeypatch.setenv("HUNTBOOK_TEST_SECRET", "there now")
    assert secret.reveal() == "there now"


def test_the_keyring_is_asked_once_by_many_threads(memory: Memory) -> None:
    memory.set_password("splunk", "huntbook", "from the keyring")
    secret = Secret("keyring:splunk")
    assert memory.asked == 0
    threads = [threading.Thread(target=secret.reveal) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memory.asked == 1
    assert secret.reveal() == "from the keyring"


def test_the_keyring_by_user_and_by_service_alone(memory: Memory) -> None:
    memory.set_password("splunk", r"CONTOSO\anna", "anna's word")
    assert Secret(r"keyring:splunk/CONTOSO\anna").reveal() == "anna's word"
    assert Secret("keyring:splunk").reveal() == "anna's word"


def test_the_keyring_has_it_not(memory: Memory) -> None:
    with pytest.raises(SecretMissing) as raised:
        Secret("keyring:splunk").reveal()
    assert raised.value.message == "The secret keyring:splunk is not in the keyring."
    assert raised.value.hint == "Store it once, in a terminal: keyring set splunk huntbook"


def test_there_is_no_keyring(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise keyring.errors.NoKeyringError("No recommended backend was available.\nInstall one.")

    monkeypatch.setattr(memory, "get_password", refuse)
    with pytest.raises(SecretMissing, match="cannot be read: the keyring says 'No recommended backend") as raised:
        Secret("keyring:splunk").reveal()
    assert "env:NAME" in raised.value.hint
    assert raised.value.__context__ is None


def test_the_package_is_named_when_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("keyring", "keyring:splunk"), ("azure.identity", "vault:contoso/splunk")):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(NotInstalled, match=rf"huntbook\[{text.partition(':')[0]}\]"):
            Secret(text).reveal()


def owned(path: Path, content: bytes, mode: int = 0o600) -> str:
    path.write_bytes(content)
    path.chmod(mode)
    return f"file:{path}"


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_file_less_its_line_break(tmp_path: Path, end: bytes) -> None:
    assert Secret(owned(tmp_path / "token", "geheim äöü ".encode() + end)).reveal() == "geheim äöü "


def test_a_file_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    owned(tmp_path / "token", b"in my home")
    assert Secret("file:~/token").reveal() == "in my home"


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o644])
def test_a_file_that_others_may_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    text = owned(tmp_path / "token", b"hunter2hunter2", mode)
    with pytest.raises(SecretMissing) as raised:
        Secret(text).reveal()
    assert raised.value.message == f"The secret {text} can be read or written by others."
    assert raised.value.hint == f"chmod 600 {tmp_path / 'token'}"
    assert "hunter2" not in in_frames(raised.value)


@posix
def test_a_file_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = owned(tmp_path / "token", b"hunter2hunter2")
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    if (tmp_path / "token").stat().st_uid == 0:  # root's are fine: pretend that it is another's
        os.chown(tmp_path / "token", 4243, -1)
    with pytest.raises(SecretMissing, match="is a file of somebody else's"):
        Secret(text).reveal()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfehunter2", "is no text in UTF-8"),
        (b"hunter2\0", "is no text in UTF-8"),
        (b"x" * 70_000, "is a file of 70,000 bytes; a secret has 65,536 at most"),
    ],
)
def test_a_file_that_holds_no_secret(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(SecretMissing, match=told) as raised:
        Secret(owned(tmp_path / "token", content)).reveal()
    assert "hunter2" not in in_frames(raised.value)


@posix
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for place, told in (
        (tmp_path / "pipe", "is no plain file"),
        (tmp_path, "Is a directory"),
        (tmp_path / "not", "No such file"),
    ):
        with pytest.raises(SecretMissing, match=told):
            Secret(f"file:{place}").reveal()


@pytest.mark.parametrize(
    ("place", "url", "name", "version", "login"),
    [
        ("contoso/splunk", "https://contoso.vault.azure.net", "splunk", "", "login.microsoftonline.com"),
        ("contoso/splunk/0a1b", "https://contoso.vault.azure.net", "splunk", "0a1b", "login.microsoftonline.com"),
        (
            "https://contoso.vault.azure.net/secrets/splunk",
            "https://contoso.vault.azure.net",
            "splunk",
            "",
            "login.microsoftonline.com",
        ),
        (
            "https://c-2.vault.usgovcloudapi.net/secrets/s/v",
            "https://c-2.vault.usgovcloudapi.net",
            "s",
            "v",
            "login.microsoftonline.us",
        ),
        ("https://c.vault.azure.cn/secrets/s", "https://c.vault.azure.cn", "s", "", "login.chinacloudapi.cn"),
    ],
)
def test_vaults_are_read_with_their_cloud(place: str, url: str, name: str, version: str, login: str) -> None:
    found = references.vault_secret(place)
    assert found
    assert (found.url, found.name, found.version, found.cloud.login) == (url, name, version, login)
