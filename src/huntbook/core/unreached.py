"""Why an answer did not come, as far as can be told from here: what to do about it, and whether asking again may help."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import httpx2

if TYPE_CHECKING:
    from collections.abc import Iterator

TRUST: Final = "Let SSL_CERT_FILE name the authority that made it."
_NO_REQUEST: Final = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)  # what cannot be sent at all
_NOT_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, *_NO_REQUEST)
_PLAIN: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"})


@dataclass(frozen=True)
class Unreached:
    """What an answer that did not come means."""

    hint: str
    sent: bool = True  # whether the request may have arrived
    hopeless: bool = False  # whether asking again meets the same
    nobody: bool = (
        False  # whether there was no connection: of a wrong address or without a network, that does not pass soon
    )


def unreached(error: httpx2.RequestError, trust: str = TRUST) -> Unreached:
    """Read an error of the network; `trust` says how a source is told whose certificates to trust."""
    found = next(filter(None, (_told_by(cause, trust) for cause in _causes(error))), None)
    if found is None:
        nobody = isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout))
        hint = "Check the network (VPN), the proxy and the address."
        found = Unreached(hint, hopeless=isinstance(error, _NO_REQUEST), nobody=nobody)
    return replace(found, sent=not isinstance(error, _NOT_SENT))


def _told_by(cause: BaseException, trust: str) -> Unreached | None:
    match cause:
        case ssl.SSLCertVerificationError():
            return Unreached(f"Nobody here trusts the certificate. {trust}", hopeless=True)
        case ssl.SSLError() if cause.reason in _PLAIN:
            return Unreached("What listens there does not speak https: check the port and the scheme.", hopeless=True)
        case ssl.SSLError():
            return Unreached("No encrypted connection could be made: check the address and the proxy.")
        case socket.gaierror():
            return Unreached(
                "Nobody here knows its name: check the address, the network (VPN) and the proxy.", nobody=True
            )
        case ConnectionRefusedError():
            return Unreached("Nothing listens there: check the address, the port and the network (VPN).", nobody=True)
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
