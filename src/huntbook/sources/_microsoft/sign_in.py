"""The ways to sign in to Microsoft's clouds: how azure-identity is told of each, and what to do when it fails."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huntbook.config.clouds import clouds
from huntbook.core.display import printable
from huntbook.core.redaction import redacted
from huntbook.errors import AccessDenied, ServiceError, Unreachable

if TYPE_CHECKING:
    from types import ModuleType

    from huntbook.sources._microsoft.identity import IdentitySettings

SERVICE = "Microsoft Entra ID"
_SHOWN = 300  # characters of what went wrong
_PATIENCE = {"retry_total": 2, "connection_timeout": 10}  # seconds; two more attempts
_AT_A_PROMPT = 300  # seconds that a browser is waited for
_PROGRAM = 30  # seconds that az, pwsh and azd may take

Show = Callable[[str], None]


@dataclass(frozen=True)
class Way:
    """One way to sign in."""

    make: Callable[[ModuleType, IdentitySettings, Show], Any]  # the credential of azure-identity
    hint: str
    by_person: bool = False  # somebody has to do something, so it is done anew only where there is no other way


def _common(settings: IdentitySettings, **more: object) -> dict[str, Any]:
    """What most credentials take; what is empty is left for azure-identity to decide."""
    given = {"authority": clouds[settings.cloud].login, **_PATIENCE, **more}
    return {name: value for name, value in given.items() if value not in ("", None)}


def _environment(identity: ModuleType, settings: IdentitySettings, _: Show) -> Any:
    return identity.EnvironmentCredential(**_common(settings))


def _client_secret(identity: ModuleType, settings: IdentitySettings, _: Show) -> Any:
    reveal = settings.client_secret.reveal if settings.client_secret else str
    return identity.ClientSecretCredential(settings.tenant, settings.client_id, reveal(), **_common(settings))


def _certificate(identity: ModuleType, settings: IdentitySettings, _: Show) -> Any:
    path = str(Path(settings.certificate or "").expanduser())
    reveal = settings.certificate_password.reveal if settings.certificate_password else str
    return identity.CertificateCredential(
        settings.tenant, settings.client_id, path, **_common(settings, password=reveal())
    )


def _workload_identity(identity: ModuleType, settings: IdentitySettings, _: Show) -> Any:
    return identity.WorkloadIdentityCredential(
        **_common(settings, tenant_id=settings.tenant, client_id=settings.client_id)
    )


def _managed_identity(identity: ModuleType, settings: IdentitySettings, _: Show) -> Any:
    more = {"client_id": settings.client_id} if settings.client_id else {}
    # In a chain of the vendor's, where there is no managed identity is told in a second, and alone in half a minute.
    return identity.ChainedTokenCredential(identity.ManagedIdentityCredential(**more))


def _interactive(identity: ModuleType, settings: IdentitySettings, _: Show) -> Any:
    more = {"tenant_id": settings.tenant, "client_id": settings.client_id, "timeout": _AT_A_PROMPT}
    return identity.InteractiveBrowserCredential(**_common(settings, **more))


def _device_code(identity: ModuleType, settings: IdentitySettings, show: Show) -> Any:
    def prompt(page: str, code: str, until: datetime) -> None:
        ends = until.astimezone(UTC)
        show(printable(f"To sign in, open {page} and enter the code {code} (valid until {ends:%H:%M} UTC)."))

    more = {"tenant_id": settings.tenant, "client_id": settings.client_id, "prompt_callback": prompt}
    return identity.DeviceCodeCredential(**_common(settings, **more))


def _program(name: str) -> Callable[[ModuleType, IdentitySettings, Show], Any]:
    def make(identity: ModuleType, settings: IdentitySettings, _: Show) -> Any:
        return getattr(identity, name)(tenant_id=settings.tenant, process_timeout=_PROGRAM)

    return make


def _vscode(identity: ModuleType, settings: IdentitySettings, _: Show) -> Any:
    return identity.VisualStudioCodeCredential(**({"tenant_id": settings.tenant} if settings.tenant else {}))


ways: dict[str, Way] = {
    "environment": Way(
        _environment,
        "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH).",
    ),
    "cli": Way(_program("AzureCliCredential"), "Run: az login (for another directory: az login --tenant …)."),
    "powershell": Way(_program("AzurePowerShellCredential"), "Run in PowerShell: Connect-AzAccount."),
    "developer_cli": Way(_program("AzureDeveloperCliCredential"), "Run: azd auth login."),
    "vscode": Way(_vscode, "Sign in with the Azure Resources extension, and: pip install azure-identity-broker."),
    "managed_identity": Way(
        _managed_identity,
        "It is there on machines in Azure that were given an identity; client_id says which of several.",
    ),
    "workload_identity": Way(
        _workload_identity, "It is there in Kubernetes with workload identity, which sets AZURE_FEDERATED_TOKEN_FILE."
    ),
    "interactive": Way(
        _interactive,
        'It needs a browser on the machine that Python runs on; without one: sign_in=["device_code"].',
        by_person=True,
    ),
    "device_code": Way(
        _device_code,
        'Enter the code in time; where it is not allowed: sign_in=["interactive"] or ["cli"].',
        by_person=True,
    ),
    "client_secret": Way(_client_secret, "Check tenant, client_id and client_secret in Entra's app registrations."),
    "certificate": Way(
        _certificate,
        "Upload the certificate to the app registration; the file holds it and its private key (PEM or PFX).",
    ),
}
# Whoever is signed in already, by whatever means: nobody is asked for anything.
BY_ITSELF = ("environment", "workload_identity", "cli", "powershell", "developer_cli", "vscode", "managed_identity")

_OUT_OF_ORDER = re.compile(r"HTTP Error: (5\d\d|429)|temporarily_unavailable|AADSTS90033")
# learn.microsoft.com/entra/identity-platform/reference-error-codes
_CODES = {
    "AADSTS7000215": "The client secret is wrong: it is the value of one, which is shown once, and not its id.",
    "AADSTS7000222": "The client secret has expired: make another in Entra's app registrations.",
    "AADSTS700016": "The directory has no application of this client_id: check client_id, tenant and cloud.",
    "AADSTS90002": "There is no such directory: check tenant and cloud.",
    "AADSTS700027": "The application does not know this certificate: upload it to the app registration.",
    "AADSTS500011": "The directory does not have the service that is asked: check cloud, and whether it is licensed.",
    "AADSTS50076": 'It wants a second factor: sign_in=["interactive"] or ["device_code"].',
    "AADSTS50079": 'It wants a second factor: sign_in=["interactive"] or ["device_code"].',
    "AADSTS53003": "A conditional access policy forbids this way of signing in: ask who keeps the directory.",
    "AADSTS65001": "An administrator has to consent to what the application asks for.",
    "AADSTS700082": "Too long ago: sign in again.",
    "AADSTS70043": "Too long ago: sign in again.",
}


def said(error: BaseException) -> str:
    """What an error says, on one line, without secrets and without what only support can read."""
    text = " ".join(redacted(str(error)).split()).partition(" Trace ID:")[0]
    return printable(text.partition(" To mitigate this issue")[0][:_SHOWN]).rstrip(".")


def failure(way: str, error: BaseException, login: str) -> ServiceError:
    """Say of a sign-in that failed whether nobody answered or we were refused, and what to do."""
    text = said(error)
    if _without_answer(error):
        problem = Unreachable(
            f"Signing in ({way}) got no answer from {login}.",
            service=SERVICE,
            reply=text,
            hint="Is there a proxy (HTTPS_PROXY), a certificate authority of its own (REQUESTS_CA_BUNDLE), another cloud (cloud=…)?",
        )
        problem.gone = True
        return problem
    code = next((code for code in _CODES if code in text), "")
    hint = _CODES.get(code) or (
        ways[way].hint if way in ways else "The object given as credential= has to be signed in."
    )
    return AccessDenied(f"Signing in ({way}) failed: {text}.", service=SERVICE, reply=text, hint=hint)


def _without_answer(error: BaseException | None) -> bool:
    """Whether the network or the service failed, and not the person: azure-identity wraps the errors of its transport."""
    problems: Any = sys.modules.get("azure.core.exceptions")
    seen = 0
    while error is not None and problems and seen < 10:
        if isinstance(error, problems.ServiceRequestError | problems.ServiceResponseError):
            return True
        status = getattr(getattr(error, "response", None), "status_code", 0) or 0
        if status >= 500 or status == 429 or _OUT_OF_ORDER.search(str(error)):
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False
