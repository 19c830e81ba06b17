"""A secret among the settings: it is shown by nothing, and had by those who ask for it by name."""

from __future__ import annotations

import threading
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NoReturn, cast, final

from huntbook.config.references import Reference, Trouble, fetch, reference
from huntbook.core.redaction import MARK, hide
from huntbook.errors import ConfigError, SecretMissing

if TYPE_CHECKING:
    from collections.abc import Callable


@final
class Secret:
    """A password, key or token: the value itself, or a reference to where it stands.

    References are `env:NAME`, `keyring:SERVICE` or `keyring:SERVICE/USER`, `file:/PATH`, `vault:NAME/SECRET` or
    `vault:https://NAME.vault.azure.net/secrets/SECRET`. What a reference refers to is fetched when it is first revealed, once.

    Example:
        >>> Secret("keyring:splunk")
        Secret('keyring:splunk')
        >>> Secret("hunter2hunter2")
        Secret('•••')

    Raises:
        ConfigError: if it begins like a reference and is not written like one.
    """

    __slots__ = ("__reference", "__tell", "__weakref__")

    def __init__(self, value: str, *, plain: bool = False) -> None:
        """Take a value or a reference; with `plain` even what looks like a reference is the value itself."""
        self.__reference: Reference | None = None  # at once: a traceback may show a secret that is not finished
        kind = "" if isinstance(value, str) else type(value).__name__
        if kind:
            del value  # tracebacks show what a function's names stand for
            raise TypeError(f"A secret is text, not {kind}.")
        found = None if plain else reference(value)
        if isinstance(found, Trouble):
            del value
            raise ConfigError(f"A secret {found.message}", hint=found.hint)
        self.__reference = found
        # A function keeps the value, and no attribute: what lists attributes (debuggers, inspect) finds none that shows it.
        self.__tell = _teller(value) if found is None else _fetcher(found)

    @property
    def reference(self) -> str:
        """Where the secret stands; empty if it was given as a value."""
        return str(self.__reference or "")

    @property
    def holder(self) -> str:
        """What tells who holds this secret from who holds another: the reference, or a short hash, which is for long random tokens only."""
        return self.reference or blake2b(self.__tell().encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

    def reveal(self) -> str:
        """Return the value. It takes time where the reference is to a keyring or a vault: not on an event loop.

        Raises:
            SecretMissing: with the reference and what to do about it.
        """
        return self.__tell()

    def __repr__(self) -> str:
        return f"Secret({self.reference or MARK!r})"

    def __str__(self) -> str:
        return MARK

    def __format__(self, form: str) -> str:
        return format(MARK, form)

    def __eq__(self, other: object) -> bool:
        """Secrets are equal if they stand in the same place; values are not compared."""
        if not isinstance(other, Secret):
            return NotImplemented
        return self is other or (self.__reference is not None and self.__reference == other.__reference)

    def __hash__(self) -> int:
        return hash(self.__reference or id(self))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, seen: object) -> Secret:
        return self

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        if not self.__reference:
            raise TypeError("A secret that was given as a value is not written anywhere; a reference to one can be.")
        return Secret, (self.reference,)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, schema_of: object) -> Any:
        """Let pydantic take secrets and texts, and write no value out."""
        from pydantic_core import core_schema  # noqa: PLC0415 - only pydantic calls this

        written = core_schema.plain_serializer_function_ser_schema(
            lambda secret: secret.reference or MARK, when_used="json", return_schema=core_schema.str_schema()
        )
        return core_schema.no_info_plain_validator_function(cls._of, serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, schema_of: object) -> dict[str, object]:
        return {"type": "string", "format": "password", "writeOnly": True}

    @classmethod
    def _of(cls, value: object) -> Secret:
        """Make a secret of what a model was given. A ValueError would be shown by pydantic together with the value: a TypeError is not."""
        if isinstance(value, Secret):
            return value
        trouble = ""
        try:
            return cls(cast("str", value))  # it looks itself
        except (ConfigError, TypeError) as error:
            trouble = str(error)
        del value
        raise TypeError(trouble)


def _teller(value: str) -> Callable[[], str]:
    if value in ("", MARK):  # the mark is what a secret becomes where settings are written out
        return _nothing_to_tell
    hide(value)

    def tell() -> str:
        hide(value)
        return value

    return tell


def _nothing_to_tell() -> NoReturn:
    raise SecretMissing("A secret is empty.", hint='Give its value, or a reference to it, as in "keyring:splunk".')


def _fetcher(where: Reference) -> Callable[[], str]:
    known: list[str] = []
    fetching = threading.Lock()

    def tell() -> str:
        with fetching:
            if not known:
                known.append(fetch(where))
        hide(known[0])
        return known[0]

    return tell
