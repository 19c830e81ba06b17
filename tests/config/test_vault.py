"""Secrets in Azure Key Vault, by Microsoft's own libraries, against a vault and a sign-in on loopback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.keyvault.secrets._shared.http_challenge_cache import clear
from tests.azure_fakes import CLIENT, TENANT, Entra, entra_on_loopback
from tests.config.showing import in_frames
from urllib3.util import connection

from huntbook.config.secrets import Secret
from huntbook.errors import SecretMissing

URL = "vault:https://contoso.vault.azure.net/secrets/splunk"


@pytest.fixture
def entra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Entra]:
    with entra_on_loopback(monkeypatch, tmp_path) as running:
        clear()  # by the SDK, of what vaults asked for
        running.client_secret = "the-application's-own-secret"
        running.vault = {"splunk": "kept in the vault", "empty": ""}
        signed_in = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": running.client_secret}
        for name, value in {**signed_in, "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.mark.parametrize("text", [URL, "vault:contoso/splunk", f"{URL}/0a1b"])
def test_a_secret_in_a_vault(entra: Entra, text: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = Secret(text)
    assert entra.asked == []
    assert secret.reveal() == "kept in the vault"
    seen = len(entra.asked)
    assert secret.reveal() == "kept in the vault"
    assert len(entra.asked) == seen
    assert entra.grants()[0]["scope"] == "https://vault.azure.net/.default"
    assert not [word for word in ("kept in the vault", entra.client_secret, *entra.issued) if word in caplog.text]


def test_what_is_not_in_the_vault(entra: Entra) -> None:
    with pytest.raises(SecretMissing) as raised:
        Secret("vault:contoso/other").reveal()
    assert raised.value.message == "The secret vault:contoso/other is not in the vault."
    assert raised.value.hint == "az keyvault secret list --vault-name contoso"
    with pytest.raises(SecretMissing, match="The secret vault:contoso/empty is empty"):
        Secret("vault:contoso/empty").reveal()


def test_a_vault_that_lets_us_not(entra: Entra) -> None:
    entra.forbidden = True
    with pytest.raises(SecretMissing, match="may not be read by us") as raised:
        Secret(URL).reveal()
    assert raised.value.hint == "Ask for the role Key Vault Secrets User on contoso."


def test_a_sign_in_that_fails(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "the wrong secret")
    with pytest.raises(SecretMissing, match="Azure did not sign us in") as raised:
        Secret(URL).reveal()
    assert "az login" in raised.value.hint
    assert raised.value.__context__ is None
    assert "AADSTS7000215: Invalid client secret provided: •••." in raised.value.message
    assert "the wrong secret" not in in_frames(raised.value)


def test_azure_identity_is_told_nonsense(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "Nonsense")
    with pytest.raises(
        SecretMissing, match=r"cannot be read: azure-identity says 'Invalid value for AZURE_TOKEN_CREDENTIALS"
    ):
        Secret(URL).reveal()


def test_a_vault_that_is_not_there(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(connection, "create_connection", refuse)
    with pytest.raises(SecretMissing, match="its vault gives no answer") as raised:
        Secret(URL).reveal()
    assert raised.value.hint == "Is https://contoso.vault.azure.net reachable from here?"


def test_a_sign_in_that_is_not_there(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Entra, "_token", lambda *_: (500, {}, {}))
    with pytest.raises(SecretMissing, match=r"Azure did not sign us in\. It says 'DefaultAzureCredential failed"):
        Secret(URL).reveal()
