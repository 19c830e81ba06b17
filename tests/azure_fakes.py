"""Microsoft Entra and Azure Key Vault on loopback, over TLS, under their own names: the vendor's libraries do not know the difference."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from urllib3.util import connection

TENANT = "0f0f0f0f-1111-2222-3333-444444444444"
CLIENT = "0c0c0c0c-1111-2222-3333-444444444444"
HOSTS = ("login.microsoftonline.com", "login.microsoftonline.us", "login.chinacloudapi.cn", "contoso.vault.azure.net")


class Entra:
    """What the tenant knows, and what was asked of it."""

    def __init__(self) -> None:
        self.client_secret = ""
        self.certificate: x509.Certificate | None = None
        self.lifetime = 3600
        self.polls_until_signed_in = 0
        self.vault: dict[str, str] = {}
        self.status: int = 0  # answer everything with this
        self.forbidden = False
        self.asked: list[tuple[str, str, dict[str, str]]] = []  # host, path, fields
        self.issued: list[str] = []
        self.delay = 0.0

    def grants(self) -> list[dict[str, str]]:
        """The requests for tokens."""
        return [fields for _, path, fields in self.asked if path.endswith("/token")]

    def reply(
        self, host: str, path: str, fields: dict[str, str], bearer: str
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Answer a request: status, body, headers."""
        self.asked.append((host, path, fields))
        if self.status:
            return self.status, {"error": "temporarily_unavailable", "error_description": "AADSTS90033: down."}, {}
        if path.startswith("/secrets/"):
            return self._secret(host, path.split("/")[2], bearer)
        if path.endswith("/token"):
            time.sleep(self.delay)
            return self._token(host, path, fields)
        return 200, _page(host, path), {}

    def _token(self, host: str, path: str, fields: dict[str, str]) -> tuple[int, dict[str, Any], dict[str, str]]:
        trouble = self._trouble(host, path, fields)
        if trouble:
            name, said = trouble
            return (
                400 if name == "authorization_pending" else 401,
                {"error": name, "error_description": f"{said} Trace ID: 1"},
                {},
            )
        token = f"eyJ{secrets.token_urlsafe(24)}"
        self.issued.append(token)
        body: dict[str, Any] = {"token_type": "Bearer", "expires_in": self.lifetime, "access_token": token}
        if fields["grant_type"] in ("urn:ietf:params:oauth:grant-type:device_code", "refresh_token"):
            body |= {"refresh_token": "the-refresh-token", "scope": fields.get("scope", ""), **_person()}
        return 200, body, {}

    def _trouble(self, host: str, path: str, fields: dict[str, str]) -> tuple[str, str] | None:
        if fields["grant_type"] == "refresh_token":
            return None if fields["refresh_token"] == "the-refresh-token" else ("invalid_grant", "AADSTS70000: bad.")
        if "device_code" in fields:
            self.polls_until_signed_in -= 1
            return ("authorization_pending", "AADSTS70016: pending.") if self.polls_until_signed_in >= 0 else None
        if fields.get("client_id") != CLIENT:
            return (
                "unauthorized_client",
                f"AADSTS700016: Application with identifier '{fields.get('client_id')}' was not found.",
            )
        if "client_assertion" in fields:
            return self._wrong_assertion(fields["client_assertion"], f"https://{host}{path}")
        if not self.client_secret or fields.get("client_secret") != self.client_secret:
            said = f"AADSTS7000215: Invalid client secret provided: {fields.get('client_secret')}."  # Entra would not repeat it
            return "invalid_client", said
        return None

    def _wrong_assertion(self, assertion: str, audience: str) -> tuple[str, str] | None:
        assert self.certificate
        key = self.certificate.public_key()
        assert isinstance(key, RSAPublicKey)
        try:
            jwt.decode(assertion, key, algorithms=["PS256", "RS256"], audience=audience)
        except jwt.InvalidTokenError as error:
            return "invalid_client", f"AADSTS700027: {error}"
        return None

    def _secret(self, host: str, name: str, bearer: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        if bearer not in self.issued:
            challenge = (
                f'Bearer authorization="https://login.microsoftonline.com/{TENANT}", resource="https://vault.azure.net"'
            )
            return 401, {"error": {"code": "Unauthorized"}}, {"WWW-Authenticate": challenge}
        if self.forbidden:
            return 403, {"error": {"code": "Forbidden", "message": "Caller is not authorized."}}, {}
        if name not in self.vault:
            return (
                404,
                {"error": {"code": "SecretNotFound", "message": f"A secret with (name/id) {name} was not found."}},
                {},
            )
        return (
            200,
            {"value": self.vault[name], "id": f"https://{host}/secrets/{name}/0a1b", "attributes": {"enabled": True}},
            {},
        )


def _page(host: str, path: str) -> dict[str, Any]:
    """What clients read before they sign in, and what begins signing in by a code."""
    tenant = f"https://{host}/{path.split('/')[1]}"
    if path.endswith("openid-configuration"):
        places = {"authorization": "authorize", "token": "token", "device_authorization": "devicecode"}
        return {"issuer": f"{tenant}/v2.0"} | {
            f"{name}_endpoint": f"{tenant}/oauth2/v2.0/{place}" for name, place in places.items()
        }
    if path.endswith("/discovery/instance"):
        hosts = [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}]
        return {
            "tenant_discovery_endpoint": f"https://{host}/{TENANT}/v2.0/.well-known/openid-configuration",
            "metadata": hosts,
        }
    code = {
        "device_code": "the-device-code",
        "user_code": "ABCD-EFGH",
        "verification_uri": "https://microsoft.com/devicelogin",
    }
    return {**code, "expires_in": 900, "interval": 0, "message": "…"}


def _person() -> dict[str, str]:
    """What says who signed in, which makes an account of it."""
    about = json.dumps({"uid": "11", "utid": TENANT}).encode()
    claims = {
        "aud": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "sub": "anna",
    }
    claims |= {"tid": TENANT, "oid": "11", "preferred_username": "anna@contoso.example", "exp": int(time.time()) + 3600}  # type: ignore[dict-item]
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({"alg": "none"}, claims)
    ]
    return {"client_info": base64.urlsafe_b64encode(about).rstrip(b"=").decode(), "id_token": f"{parts[0]}.{parts[1]}."}


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    entra: Entra

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer({name: values[0] for name, values in parse_qs(body).items()})

    def _answer(self, fields: dict[str, str]) -> None:
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        status, body, headers = self.entra.reply(self.headers["Host"], urlsplit(self.path).path, fields, bearer)
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def entra_on_loopback(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Entra]:
    """Run it; while it runs, whatever requests sends anywhere comes here, and is believed."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(context)
    entra = Entra()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answers", (_Answers,), {"entra": entra}))
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    original = connection.create_connection

    def create_connection(address: tuple[str, int], *rest: Any, **more: Any) -> Any:
        return original(("127.0.0.1", server.server_port), *rest, **more)

    monkeypatch.setattr(connection, "create_connection", create_connection)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "authority.pem"))
    for name in [name for name in os.environ if name.startswith(("AZURE_", "IDENTITY_", "MSI_"))]:
        monkeypatch.delenv(name)
    try:
        yield entra
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate_file(folder: Path, entra: Entra, *, password: bytes | None = None) -> Path:
    """Write a certificate with its key, as an application signs in with, and let the tenant know it."""
    from cryptography.hazmat.primitives import serialization

    made = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert("huntbook.example", key_type=trustme.KeyType.RSA)
    found = serialization.load_pem_private_key(made.private_key_pem.bytes(), None)
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem = found.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)
    entra.certificate = x509.load_pem_x509_certificate(made.cert_chain_pems[0].bytes())
    path = folder / f"application-{hashlib.sha256(pem).hexdigest()[:8]}.pem"
    path.write_bytes(pem + made.cert_chain_pems[0].bytes())
    path.chmod(0o600)
    return path
