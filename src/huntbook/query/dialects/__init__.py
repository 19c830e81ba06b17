"""One file per query language: how it writes a value, always as one literal, and a name. `dialects["kql"].literal(host)`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from huntbook.core.registry import Registry
from huntbook.query.dialects._base import Dialect

__all__ = ["Dialect", "dialects"]


class _Dialects(Mapping[str, Dialect]):
    """Every dialect by its name, loaded on first use."""

    def __init__(self) -> None:
        self._classes: Registry[Dialect] = Registry(__name__, what="dialect", base=Dialect)
        self._made: dict[str, Dialect] = {}

    def __getitem__(self, name: str) -> Dialect:
        if name not in self._made:
            self._made[name] = self._classes[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)

    def __contains__(self, name: object) -> bool:
        return name in self._classes

    def __repr__(self) -> str:
        return repr(self._classes)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)


dialects = _Dialects()
