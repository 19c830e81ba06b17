"""Where a secret stands when it does not stand in the settings: `env:`, `keyring:`, `file:`, `vault:`."""

from __future__ import annotations

import logging
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from huntbook.config.clouds import Cloud, clouds
from huntbook.core.optional import require
from huntbook.core.redaction import Redacting, hide, redacted
from huntbook.errors import SecretMissing

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGEST = 64 * 1024  # bytes of a file that holds one secret
_KEYRING_USER = "huntbook"  # whose password it is where the reference names only the service
_PATIENCE = {"retry_total": 2, "connection_timeout": 10, "read_timeout": 20}  # seconds; for a vault
_redacting, _nowhere = Redacting(), logging.NullHandler()
_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")  # of vaults and of what is in them


class Reference(NamedTuple):
    """Where a secret stands; `str()` of it is how it is written, and says nothing secret."""

    scheme: str
    place: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.place}"


class Trouble(NamedTuple):
    """Why a secret cannot be had. A value and not an error: a traceback may show what stood beside the place that raised."""

    message: str
    hint: str = ""


def reference(text: str) -> Reference | Trouble | None:
    """Read a reference; None if the text is none and so is the secret itself, trouble if it only begins like one."""
    scheme, colon, place = text.partition(":")
    if not colon or scheme not in _SCHEMES:
        return None
    written = _SCHEMES[scheme]
    if not written.fits(place):
        return Trouble(f"begins with {scheme}: and is not written like that, {written.form}.", written.hint)
    return Reference(scheme, place)


def fetch(where: Reference) -> str:
    """Get a secret from where it stands.

    Raises:
        SecretMissing: with the reference and what to do about it.
    """
    found = _SCHEMES[where.scheme].get(where.place)
    if isinstance(found, str) and found:
        return found
    trouble = found if isinstance(found, Trouble) else Trouble("is empty.")
    raise SecretMissing(f"The secret {where} {trouble.message}", hint=trouble.hint)


def _from_environment(name: str) -> str | Trouble:
    hint = f"Set {name} before Python starts, or in it: os.environ[{name!r}] = getpass.getpass()."
    return os.environ.get(name) or Trouble("is not set in the environment.", hint)


def _from_keyring(place: str) -> str | Trouble:
    """The password of a user with a service; without a user that of `huntbook`, or whatever the keyring has for the service."""
    keyring = require("keyring", extra="keyring")
    service, _, user = place.partition("/")
    hint = f"Store it once, in a terminal: keyring set {service} {user or _KEYRING_USER}"
    try:
        found = keyring.get_password(service, user or _KEYRING_USER)
        if found is None and not user:
            found = getattr(keyring.get_credential(service, None), "password", None)
    except Exception as error:  # noqa: BLE001 - each of the many back ends raises its own
        return Trouble(
            f"cannot be read: the keyring says {_said(error)!r} ({type(error).__name__}).",
            "Unlock the keyring, or, on a machine without one, refer to env:NAME or file:/path.",
        )
    return found or Trouble("is not in the keyring.", hint)


def _said(error: Exception) -> str:
    return " ".join(redacted(str(error)).split())[:300]


def _from_file(place: str) -> str | Trouble:
    """The text of a file, less the line break at its end."""
    path = Path(os.path.expanduser(place))  # noqa: PTH111 - Path's own raises where there is no home
    try:
        # A pipe would let us wait for ever: not to wait is asked for, and what is no plain file is refused.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
            return _trouble_with(os.fstat(file.fileno()), path) or _as_text(file.read(_LARGEST + 1))
    except OSError as error:
        return Trouble(f"cannot be read: {error.strerror}.", "Write the secret, and nothing else, to that file.")


def _trouble_with(status: os.stat_result, path: Path) -> Trouble | None:
    if not stat.S_ISREG(status.st_mode):
        return Trouble("is no plain file.")
    if status.st_size > _LARGEST:
        return Trouble(f"is a file of {status.st_size:,} bytes; a secret has {_LARGEST:,} at most.")
    if os.name == "posix" and status.st_uid not in (os.geteuid(), 0):
        return Trouble("is a file of somebody else's.", "Make a copy that belongs to you, and chmod 600 it.")
    if os.name == "posix" and status.st_mode & 0o077:
        return Trouble("can be read or written by others.", f"chmod 600 {path}")
    return None


def _as_text(content: bytes) -> str | Trouble:
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    if "\ufffd" in text or "\0" in text:
        return Trouble("is no text in UTF-8.")
    return text.removesuffix("\n").removesuffix("\r")


class VaultSecret(NamedTuple):
    """A secret in Azure Key Vault; no version means the newest."""

    vault: str
    name: str
    version: str
    cloud: Cloud

    @property
    def url(self) -> str:
        """The vault's address."""
        return f"https://{self.vault}.{self.cloud.key_vault}"


def vault_secret(place: str) -> VaultSecret | None:
    """Read what stands behind `vault:`, an address or NAME/SECRET; None if it is neither. Only Microsoft's own domains are vaults."""
    host, path = (urlsplit(place).netloc, urlsplit(place).path) if place.startswith("https://") else ("", place)
    ours = [cloud for cloud in clouds.values() if host.endswith(f".{cloud.key_vault}")]
    parts = path.removeprefix("/secrets/").split("/") if host else path.split("/")[1:]
    vault = host.removesuffix(f".{ours[0].key_vault}") if ours else path.split("/")[0]
    whole = place in (f"https://{host}{path}", path) and (bool(ours) and path.startswith("/secrets/")) == bool(host)
    if not whole or len(parts) not in (1, 2) or not all(_NAME.fullmatch(part) for part in (vault, *parts)):
        return None
    return VaultSecret(vault, parts[0], parts[1] if len(parts) > 1 else "", ours[0] if ours else clouds["public"])


def _from_vault(place: str) -> str | Trouble:
    secret = vault_secret(place)
    assert secret is not None  # noqa: S101 - `reference` looked
    identity = require("azure.identity", extra="vault")
    vaults = require("azure.keyvault.secrets", extra="vault")
    problems = require("azure.core.exceptions", extra="vault")
    guard_azure()
    try:
        with (
            identity.DefaultAzureCredential(authority=secret.cloud.login) as credential,
            vaults.SecretClient(secret.url, credential, **_PATIENCE) as client,
        ):
            return str(client.get_secret(secret.name, secret.version or None).value or "")
    except (
        problems.AzureError,
        ValueError,
    ) as error:  # ValueError: settings of azure-identity, or a vault that is none
        return _vault_trouble(error, secret, problems)


def guard_azure() -> None:
    """Keep azure-identity from telling secrets: those that it takes from the environment by itself go out of texts, and all go out of its logs."""
    for name in ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD"):
        hide(os.environ.get(name, ""))
    for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in ("azure", "msal")]:
        logging.getLogger(name).addFilter(_redacting)  # of one logger alone, not of those below it
    # What it warns of is told as an error anyway; whoever sets up logging has it still.
    logging.getLogger("azure.identity").addHandler(_nowhere)


def _vault_trouble(error: Any, secret: VaultSecret, problems: Any) -> Trouble:
    """What Azure's error means. Signing in and the vault fail with the same class; only the vault's has an answer of the vault."""
    status = getattr(error, "status_code", None)
    if isinstance(error, ValueError):
        said = redacted(str(error).partition("\n")[0][:200])
        return Trouble(
            f"cannot be read: azure-identity says {said!r}.", "Its settings are variables of the environment."
        )
    if isinstance(error, problems.ResourceNotFoundError):
        return Trouble("is not in the vault.", f"az keyvault secret list --vault-name {secret.vault}")
    if status == 403:
        return Trouble("may not be read by us.", f"Ask for the role Key Vault Secrets User on {secret.vault}.")
    if isinstance(error, problems.ClientAuthenticationError):
        return Trouble(
            f"cannot be read: Azure did not sign us in. It says {_said(error)!r}.",
            "az login, or the variables of azure-identity (AZURE_CLIENT_ID …); AZURE_TOKEN_CREDENTIALS says which way to use.",
        )
    if isinstance(error, problems.ServiceRequestError | problems.ServiceResponseError):
        return Trouble("cannot be read: its vault gives no answer.", f"Is {secret.url} reachable from here?")
    return Trouble(f"cannot be read: the vault answered {status or type(error).__name__}.")


class _Scheme(NamedTuple):
    form: str
    hint: str
    fits: Callable[[str], object]
    get: Callable[[str], str | Trouble]


_SCHEMES = {
    "env": _Scheme(
        "env:NAME",
        "NAME is a variable of the environment.",
        re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch,
        _from_environment,
    ),
    "keyring": _Scheme(
        "keyring:SERVICE or keyring:SERVICE/USER",
        "Store it with: keyring set SERVICE USER",
        re.compile(r"[^/\s]+(/[^\r\n]+)?").fullmatch,
        _from_keyring,
    ),
    "file": _Scheme(
        "file:/PATH or file:~/PATH",
        "Say the whole path: the current folder may be anybody's.",
        lambda place: "\0" not in place and (place.startswith("~/") or Path(place).is_absolute()),
        _from_file,
    ),
    "vault": _Scheme(
        "vault:NAME/SECRET or vault:https://NAME.vault.azure.net/secrets/SECRET",
        "NAME is that of an Azure Key Vault.",
        vault_secret,
        _from_vault,
    ),
}
