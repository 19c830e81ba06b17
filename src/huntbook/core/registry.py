"""A plural folder (and the entry points of installed plug-ins) as a mapping from file name to thing, loaded on first use."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from huntbook.errors import UnknownName

if TYPE_CHECKING:
    from types import ModuleType

T = TypeVar("T")


class Registry(Mapping[str, type[T]], Generic[T]):
    """The things in one plural folder and under one entry-point group, by name, imported on first use.

    Example:
        >>> from huntbook.readers import readers
        >>> "evtx" in readers
        True
    """

    def __init__(self, package: str, *, what: str, base: Any) -> None:
        self._package = package
        self._what = what
        self._base = base
        self._loaded: dict[str, type[T]] = {}

    @cached_property
    def _files(self) -> frozenset[str]:
        folder = Path(cast("str", sys.modules[self._package].__file__)).parent
        return frozenset(path.stem for path in folder.glob("[!_]*.py"))

    @cached_property
    def _plug_ins(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self._package)}

    def __getitem__(self, name: str) -> type[T]:
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def _load(self, name: str) -> type[T]:
        if name in self._files:
            return self._find(import_module(f"{self._package}.{name}"))
        if name in self._plug_ins:
            return cast("type[T]", self._plug_ins[name].load())
        raise UnknownName.among(self._what, name, self)

    def _find(self, module: ModuleType) -> type[T]:
        """Find the one class of the module that is a `base` and is defined there."""
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, self._base) and value.__module__ == module.__name__:
                return cast("type[T]", value)
        raise UnknownName(f"{module.__name__} defines no {self._base.__name__}.")

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._files | set(self._plug_ins)))

    def __len__(self) -> int:
        return len(self._files | set(self._plug_ins))

    def __contains__(self, name: object) -> bool:
        return name in self._files or name in self._plug_ins

    def __repr__(self) -> str:
        return f"<{self._what}s: {', '.join(self)}>"
