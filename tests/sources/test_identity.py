"""Signing in to Microsoft: by the real azure-identity against a tenant on loopback, and by credentials made for the test."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import pprint
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from rich.pretty import pretty_repr
from tests.azure_fakes import CLIENT, TENANT, Entra, certificate_file, entra_on_loopback
from tests.config.showing import HOSTILE, in_frames, ways
from urllib3.util import connection

from huntbook.config.clouds import clouds
from huntbook.config.secrets import Secret
from huntbook.config.settings import describe, load
from huntbook.core import redaction
from huntbook.errors import AccessDenied, ConfigError, NotInstalled, SecretMissing, Unreachable
from huntbook.sources._microsoft.identity import Identity, IdentitySettings

SCOPE = "https://api.loganalytics.io/.default"
GRAPH = "https://graph.microsoft.com/.default"
FIRST, AGAIN = False, True
SECRET = "the application's own secret"


@pytest.fixture
def entra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Entra]:
    with entra_on_loopback(monkeypatch, tmp_path) as running:
        running.client_secret = SECRET
        yield running


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    yield
    redaction._hidden.clear()


def identity(**given: Any) -> Identity:
    return Identity(IdentitySettings(**{"tenant": TENANT, "client_id": CLIENT, **given}), extra="sentinel")


def by_secret(**given: Any) -> Identity:
    return identity(client_secret=SECRET, **given)


def token(signed: Identity, scope: str = SCOPE) -> str:
    return asyncio.run(signed.token(scope))


def refused(signed: Identity, kind: type[Exception] = AccessDenied) -> Any:
    with pytest.raises(kind) as raised:
        token(signed)
    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None
    assert "\n" not in raised.value.message  # type: ignore[attr-defined]
    return raised.value


# A client secret


def test_a_token_is_issued_and_kept(entra: Entra) -> None:
    signed = by_secret()
    assert entra.asked == []
    first = token(signed)
    assert first == entra.issued[0]
    assert token(signed) == first
    assert token(signed, GRAPH) == entra.issued[1] != first
    assert token(signed) == first
    assert [fields["scope"] for fields in entra.grants()] == [SCOPE, GRAPH]
    assert entra.grants()[0]["client_secret"] == SECRET
    assert {host for host, _, _ in entra.asked} == {"login.microsoftonline.com"}
    signed.close()


@pytest.mark.parametrize("cloud", ["usgov", "china"])
def test_in_another_cloud(entra: Entra, cloud: str) -> None:
    signed = by_secret(cloud=cloud)
    assert token(signed, signed.cloud.log_analytics.scope) == entra.issued[0]
    assert {host for host, path, _ in entra.asked if path.endswith("token")} == {clouds[cloud].login}
    signed.close()


def test_a_wrong_secret_says_what_to_do_and_not_what_it_was(entra: Entra, capfd: pytest.CaptureFixture[str]) -> None:
    signed = identity(client_secret="not-the-secret-at-all")
    error = refused(signed)
    # The tenant on loopback repeats the secret, which Microsoft's would not.
    assert error.message == (
        "Microsoft Entra ID: Signing in (client_secret) failed: "
        "Authentication failed: AADSTS7000215: Invalid client secret provided: •••."
    )
    assert error.hint == "The client secret is wrong: it is the value of one, which is shown once, and not its id."
    assert error.service == "Microsoft Entra ID"
    assert "not-the-secret-at-all" not in in_frames(error)
    assert capfd.readouterr().err == ""
    signed.close()


def test_it_is_tried_again_when_it_is_asked_again(entra: Entra) -> None:
    entra.client_secret = "another"
    signed = by_secret()
    refused(signed)
    entra.client_secret = SECRET
    assert token(signed) == entra.issued[0]
    signed.close()


def test_an_application_that_the_directory_has_not(entra: Entra) -> None:
    signed = by_secret(client_id="0d0d0d0d-1111-2222-3333-444444444444")
    assert (
        refused(signed).hint == "The directory has no application of this client_id: check client_id, tenant and cloud."
    )
    signed.close()


def test_a_token_that_ends_is_renewed_before_its_end(entra: Entra) -> None:
    entra.lifetime = 2
    signed = by_secret()
    first = token(signed)
    assert token(signed) == first
    time.sleep(1.1)
    assert token(signed) == entra.issued[1] != first
    signed.close()


def test_of_a_long_life_the_last_minutes_are_not_used(entra: Entra) -> None:
    signed = by_secret()
    token(signed)
    assert 3600 - 310 < signed._kept[SCOPE].until - time.time() <= 3600 - 300
    signed.close()


def test_a_token_that_was_refused_is_replaced_though_it_has_not_ended(entra: Entra) -> None:
    signed = by_secret()

    async def ask() -> tuple[str, str, str]:
        first = await signed.token(SCOPE)
        return first, await signed.refresh(SCOPE), await signed.token(SCOPE)

    first, second, third = asyncio.run(ask())
    assert (first, second) == tuple(entra.issued)
    assert third == second
    signed.close()


def test_many_who_were_refused_the_same_token_get_one_new(entra: Entra) -> None:
    signed = by_secret()
    sign = signed.sign(SCOPE)

    async def one(number: int) -> tuple[str, str]:
        before = (await sign(FIRST))["Authorization"]
        await asyncio.sleep(0.01 * (number % 5))
        return before, (await sign(AGAIN))["Authorization"]

    async def all_of_them() -> list[tuple[str, str]]:
        return await asyncio.gather(*(one(number) for number in range(30)))

    answers = asyncio.run(all_of_them())
    assert set(answers) == {(f"Bearer {entra.issued[0]}", f"Bearer {entra.issued[1]}")}
    assert len(entra.issued) == 2
    signed.close()


def test_what_the_service_asks_for_with_a_token_is_passed_on(entra: Entra) -> None:
    signed = by_secret()
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
    asyncio.run(signed.refresh(SCOPE, claims=claims))
    assert json.loads(entra.grants()[0]["claims"])["access_token"]["nbf"]["value"] == "1604106651"
    signed.close()


def test_nobody_answers(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(connection, "create_connection", refuse)
    signed = by_secret()
    error = refused(signed, Unreachable)
    assert (
        error.message == "Microsoft Entra ID: Signing in (client_secret) got no answer from login.microsoftonline.com."
    )
    assert "HTTPS_PROXY" in error.hint
    assert "refused" in error.reply
    assert isinstance(error, ConnectionError)
    signed.close()


def test_a_certificate_of_another_authority_is_not_believed(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    signed = by_secret()
    assert "certificate" in refused(signed, Unreachable).reply
    assert entra.asked == []
    signed.close()


def test_microsoft_is_out_of_order(entra: Entra) -> None:
    entra.status = 503
    signed = by_secret()
    assert "got no answer" in refused(signed, Unreachable).message
    signed.close()


def test_a_secret_that_is_not_there(entra: Entra) -> None:
    signed = identity(client_secret="env:HUNTBOOK_NOT_SET")
    assert "env:HUNTBOOK_NOT_SET is not set" in refused(signed, SecretMissing).message
    assert entra.asked == []


def test_a_tenant_that_cannot_be_one(entra: Entra) -> None:
    signed = by_secret(tenant="contoso/../evil")
    assert "Signing in by client_secret cannot begin: Invalid tenant ID" in refused(signed, ConfigError).message


@settings(max_examples=8, deadline=None, phases=[Phase.generate])
@given(HOSTILE)
def test_a_hostile_secret_is_shown_nowhere(value: str) -> None:
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.root.addHandler(handler)
    with pytest.MonkeyPatch.context() as patch, entra_on_loopback(patch, Path(os.environ["PYTEST_TMP"])) as running:
        running.client_secret = "another"
        signed = identity(client_secret=Secret(value, plain=True))
        error = refused(signed)
        for shown in (
            str(error),
            repr(error),
            error.reply,
            error.hint,
            in_frames(error),
            repr(signed),
            repr(signed.settings),
        ):
            assert value not in shown
        for name, shown in ways(signed.settings):
            assert value not in shown, name
        assert "AADSTS7000215" in log.getvalue()
        assert value not in log.getvalue()
        running.client_secret = value
        found = token(signed)
        assert redaction.redacted(f"Bearer {found}") == "Bearer •••"
        for shown in (repr(signed), str(vars(signed)), pretty_repr(signed), pprint.pformat(vars(signed))):
            assert found not in shown
            assert value not in shown
        signed.close()
    logging.root.removeHandler(handler)


@pytest.fixture(autouse=True)
def _folder_for_hypothesis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_TMP", str(tmp_path))


def test_nothing_is_logged_of_what_is_secret(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    signed = by_secret()
    token(signed)
    assert caplog.records  # azure's
    assert not [word for word in (SECRET, SECRET.replace(" ", "+"), *entra.issued) if word in caplog.text]
    signed.close()


# A certificate


@pytest.mark.parametrize("password", [None, b"the file's password"])
def test_a_certificate(entra: Entra, tmp_path: Path, password: bytes | None) -> None:
    path = certificate_file(tmp_path, entra, password=password)
    signed = identity(certificate=path, certificate_password=password.decode() if password else None)
    assert token(signed) == entra.issued[0]
    assert "client_assertion" in entra.grants()[0]
    first = token(signed)
    assert asyncio.run(signed.refresh(SCOPE)) == entra.issued[1] != first
    signed.close()


def test_a_certificate_that_is_not_known(entra: Entra, tmp_path: Path) -> None:
    path = certificate_file(tmp_path, entra)
    certificate_file(tmp_path, entra)  # the application's is another one
    signed = identity(certificate=path)
    error = refused(signed)
    assert error.hint == "The application does not know this certificate: upload it to the app registration."
    signed.close()


def test_a_certificate_that_cannot_be_read(entra: Entra, tmp_path: Path) -> None:
    error = refused(identity(certificate=tmp_path / "nothing.pem"), ConfigError)
    assert "Signing in by certificate cannot begin" in error.message
    assert "nothing.pem" in error.message
    path = certificate_file(tmp_path, entra, password=b"right password")
    error = refused(identity(certificate=path, certificate_password="wrong password"), ConfigError)
    assert "Signing in by certificate cannot begin" in error.message
    assert "wrong password" not in in_frames(error)
    assert "private key (PEM or PFX)" in error.hint


# Other ways


def test_the_environment_of_azure_identity(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TENANT_ID": TENANT, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    signed = Identity(IdentitySettings(), extra="sentinel")
    assert token(signed) == entra.issued[0]
    entra.client_secret = "another"
    with pytest.raises(AccessDenied) as raised:
        asyncio.run(signed.refresh(SCOPE))
    assert "Invalid client secret provided: •••" in raised.value.message
    signed.close()


def test_nobody_is_signed_in(entra: Entra, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    signed = Identity(IdentitySettings(), extra="sentinel")
    began = time.monotonic()
    error = refused(signed)
    assert time.monotonic() - began < 15
    assert error.message.startswith("Microsoft Entra ID: No way to sign in worked. environment: EnvironmentCredential")
    for way in ("workload_identity", "cli", "powershell", "developer_cli", "vscode", "managed_identity"):
        assert f"; {way}: " in error.message
    assert "Azure CLI not found on path" in error.message
    assert error.hint.startswith("Run az login")
    assert capfd.readouterr().err == ""
    signed.close()


def test_a_way_that_is_refused_ends_the_search(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    entra.client_secret = "another"
    signed = by_secret(sign_in=["cli", "client_secret", "environment"])
    error = refused(signed)
    assert "cli: Azure CLI not found on path" in error.message
    assert "client_secret: Authentication failed: AADSTS7000215" in error.message
    assert "environment" not in error.message
    signed.close()


@pytest.mark.skipif(os.name != "posix", reason="a program that is a shell script")
def test_the_command_line_of_azure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "az"
    answer = {"accessToken": "token-of-az", "expires_on": int(time.time()) + 3600, "tokenType": "Bearer"}
    program.write_text(f"#!/bin/sh\necho \"$@\" >> {tmp_path}/asked\necho '{json.dumps(answer)}'\n", encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    signed = Identity(IdentitySettings(tenant=TENANT, sign_in="cli"), extra="sentinel")
    assert token(signed) == "token-of-az"
    assert token(signed) == "token-of-az"
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert len(asked) == 1
    assert f"--tenant {TENANT}" in asked[0]
    program.write_text(
        "#!/bin/sh\necho \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1\n", encoding="utf-8"
    )
    other = Identity(IdentitySettings(sign_in=["cli"]), extra="sentinel")
    assert refused(other).hint == "Run: az login (for another directory: az login --tenant …)."


def test_a_code_is_shown_to_the_person_and_asked_for_once(entra: Entra, capsys: pytest.CaptureFixture[str]) -> None:
    entra.polls_until_signed_in = 1
    signed = Identity(IdentitySettings(tenant=TENANT, sign_in=["device_code"]), extra="sentinel")
    first = token(signed)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(
        "To sign in, open https://microsoft.com/devicelogin and enter the code ABCD-EFGH (valid until "
    )
    assert shown.err.endswith(" UTC).\n")
    second = token(signed, GRAPH)  # another service, by what was entered before
    third = asyncio.run(signed.refresh(SCOPE, refused=first))
    assert (first, second, third) == tuple(entra.issued)
    assert [fields["grant_type"].rsplit(":", maxsplit=1)[-1] for fields in entra.grants()[-2:]] == ["refresh_token"] * 2
    assert capsys.readouterr().err == ""
    signed.close()


def test_a_code_is_shown_again_to_who_stopped_waiting_for_it(entra: Entra) -> None:
    entra.polls_until_signed_in = 10_000
    shown: list[str] = []
    signed = Identity(IdentitySettings(tenant=TENANT, sign_in=["device_code"]), extra="sentinel", show=shown.append)

    async def wait(seconds: float) -> str:
        return await asyncio.wait_for(signed.token(SCOPE), seconds)

    with pytest.raises(TimeoutError):
        asyncio.run(wait(0.7))
    assert len(shown) == 1
    with pytest.raises(TimeoutError):
        asyncio.run(wait(0.2))
    assert shown == [shown[0]] * 2
    entra.polls_until_signed_in = 0
    assert asyncio.run(wait(20)) == entra.issued[0]
    signed.close()


def test_a_code_that_nobody_enters_does_not_keep_python_from_ending(entra: Entra) -> None:
    program = (
        "import asyncio, time\n"
        "from huntbook.sources._microsoft.identity import Identity, IdentitySettings\n"
        "class Slow:\n"
        "    def get_token(self, *scopes, **more): time.sleep(600)\n"
        "signed = Identity(IdentitySettings(credential=Slow()), extra='sentinel')\n"
        "async def wait(): await asyncio.wait_for(signed.token('a'), 0.2)\n"
        "try: asyncio.run(wait())\n"
        "except TimeoutError: print('waited')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert (done.stdout, done.stderr) == ("waited\n", "")


def test_the_package_is_named_when_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    with pytest.raises(NotInstalled, match=r"huntbook\[kusto\]"):
        token(Identity(IdentitySettings(sign_in=["cli"]), extra="kusto"))


# Credentials that are given


class Stub:
    """A credential that counts, and takes its time."""

    def __init__(self, *, lifetime: float = 3600, wait: float = 0.0, error: Exception | None = None) -> None:
        self.lifetime, self.wait, self.error = lifetime, wait, error
        self.asked: list[str] = []
        self.running = self.most = 0
        self.counting = threading.Lock()
        self.closed = False

    def get_token(self, scope: str, **more: object) -> Any:
        with self.counting:
            self.running += 1
            self.most = max(self.most, self.running)
            self.asked.append(scope)
        time.sleep(self.wait)
        with self.counting:
            self.running -= 1
        if self.error:
            raise self.error
        return type("Token", (), {"token": f"token-{len(self.asked)}", "expires_on": time.time() + self.lifetime})()

    def close(self) -> None:
        self.closed = True


def stubbed(stub: object) -> Identity:
    return Identity(IdentitySettings(credential=stub), extra="sentinel")


def test_many_at_once_sign_in_once() -> None:
    stub = Stub(wait=0.1)
    signed = stubbed(stub)

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(signed.token(SCOPE) for _ in range(50)))

    assert set(asyncio.run(all_of_them())) == {"token-1"}
    assert stub.asked == [SCOPE]


def test_several_scopes_sign_in_one_after_the_other() -> None:
    stub = Stub(wait=0.05)
    signed = stubbed(stub)

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(signed.token(f"scope {number % 4}") for number in range(40)))

    assert len(set(asyncio.run(all_of_them()))) == 4
    assert sorted(stub.asked) == [f"scope {number}" for number in range(4)]
    assert stub.most == 1


def test_who_stops_waiting_stops_nobody_else() -> None:
    stub = Stub(wait=0.2)
    signed = stubbed(stub)

    async def both() -> tuple[str, bool]:
        first, second = asyncio.create_task(signed.token(SCOPE)), asyncio.create_task(signed.token(SCOPE))
        await asyncio.sleep(0.05)
        first.cancel()
        return await second, first.cancelled()

    assert asyncio.run(both()) == ("token-1", True)
    assert stub.asked == [SCOPE]


def test_from_loops_in_several_threads() -> None:
    stub = Stub(wait=0.1)
    signed = stubbed(stub)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(token(signed))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["token-1"] * 6
    assert stub.asked == [SCOPE]


def test_no_thread_is_left() -> None:
    stub = Stub(lifetime=0)
    signed = stubbed(stub)
    for _ in range(100):
        token(signed)
    time.sleep(0.05)
    assert len(stub.asked) == 100
    assert not [thread for thread in threading.enumerate() if thread.name == "huntbook sign-in"]


def test_an_error_is_everybody_s_who_waits_and_not_the_next_one_s() -> None:
    stub = Stub(wait=0.05, error=RuntimeError("no luck"))
    signed = stubbed(stub)

    async def all_of_them() -> list[str | BaseException]:
        return await asyncio.gather(*(signed.token(SCOPE) for _ in range(5)), return_exceptions=True)

    errors = asyncio.run(all_of_them())
    assert {str(error) for error in errors} == {
        "Microsoft Entra ID: Signing in (credential) failed: no luck.\nThe object given as credential= has to be signed in."
    }
    assert len(stub.asked) == 1
    stub.error = None
    assert token(signed) == "token-2"


def test_a_credential_is_its_owner_s_to_close() -> None:
    stub = Stub()
    signed = stubbed(stub)
    token(signed)
    signed.close()
    assert not stub.closed


def test_credentials_that_are_of_no_use() -> None:
    class Asynchronous:
        async def get_token(self, *_: str) -> None: ...

    error = refused(stubbed(Asynchronous()), ConfigError)
    assert error.hint == "Use those of azure.identity, not of azure.identity.aio."

    class Nothing:
        def get_token(self, *_: str) -> None: ...

    assert refused(stubbed(Nothing())).message == "Microsoft Entra ID: The credential gave no token."


# Settings


class Sentinel(IdentitySettings):
    workspace: str
    """The workspace's name or id."""


def test_the_settings_of_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUNTBOOK_SENTINEL_SIGN_IN", "cli, device_code")
    found = load("sentinel", Sentinel, {"workspace": "contoso", "cloud": "usgov"})
    assert found.order() == ("cli", "device_code")
    assert load("sentinel", Sentinel, {"workspace": "contoso", "sign_in": "interactive"}).order() == ("interactive",)
    assert load("sentinel", Sentinel, {"workspace": "contoso", "credential": Stub()}).credential
    assert "credential" not in found.model_dump()
    assert {one.name: one.type for one in describe(Sentinel)}["client_secret"] == "secret"
    assert all(one.about for one in describe(Sentinel))


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({"sign_in": ["clli"]}, "sign_in is none of environment, cli,", "Did you mean 'cli'?"),
        ({"cloud": "mars"}, "cloud is none of public, usgov, china (argument).", "Which of Microsoft's clouds."),
        ({"client_secret": "x" * 9}, "signing in by client_secret needs tenant and client_id.", ""),
        (
            {"sign_in": "client_secret", "tenant": "t"},
            "signing in by client_secret needs client_id and client_secret.",
            "",
        ),
        ({"certificate": "a.pem", "tenant": "t"}, "signing in by certificate needs client_id.", ""),
        ({"credential": "a password"}, "credential is no object with get_token, as those of azure.identity are.", ""),
    ],
)
def test_settings_that_do_not_go_together(given: dict[str, object], message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load("sentinel", Sentinel, {"workspace": "contoso", **given})
    assert raised.value.message.startswith(f"sentinel: {message}")
    assert raised.value.hint == hint


def test_what_is_shown_of_an_identity() -> None:
    assert repr(by_secret()) == "<sign-in to Microsoft's public cloud by client_secret>"
    assert repr(stubbed(Stub())) == "<sign-in to Microsoft's public cloud by a given credential>"


def test_every_way_has_a_credential_in_azure_identity_and_a_hint(tmp_path: Path, entra: Entra) -> None:
    import azure.identity

    from huntbook.sources._microsoft.sign_in import BY_ITSELF
    from huntbook.sources._microsoft.sign_in import ways as known

    assert set(BY_ITSELF) < set(known)
    certificate = certificate_file(tmp_path, entra)
    for name, way in known.items():
        if name == "workload_identity":
            continue  # cannot be made outside of Kubernetes
        settings_of_all = IdentitySettings(
            tenant=TENANT, client_id=CLIENT, client_secret=SECRET, certificate=certificate, sign_in=[name]
        )
        credential = way.make(azure.identity, settings_of_all, lambda _: None)
        assert callable(credential.get_token)
        assert way.hint.endswith((".", '").', "]."))
        close = getattr(credential, "close", None)
        if close:
            close()
