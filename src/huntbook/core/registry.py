"""A folder whose files are things, by name: loaded when first asked for.

`Registry` reads a plural folder (and the entry points of installed plug-ins) as a mapping from file name to thing.
`FunctionFolder` lets a folder such as `plots/` hold one public function per file of the same name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Generic, TypeVar, cast

from huntbook.errors import UnknownName

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """The things in one plural folder and under one entry-point group, by name, imported on first use.

    Example:
        >>> from huntbook.readers import readers
        >>> "evtx" in readers
        True
    """

    def __init__(self, package: str, *, what: str, base: type[T]) -> None:
        self._package = package
        self._what = what
        self._base = base
        self._loaded: dict[str, T] = {}

    @cached_property
    def _files(self) -> frozenset[str]:
        folder = Path(cast("str", sys.modules[self._package].__file__)).parent
        return frozenset(path.stem for path in folder.glob("[!_]*.py"))

    @cached_property
    def _plug_ins(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self._package)}

    def __getitem__(self, name: str) -> T:
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def _load(self, name: str) -> T:
        if name in self._files:
            return self._find(import_module(f"{self._package}.{name}"))
        if name in self._plug_ins:
            return cast("T", self._plug_ins[name].load())
        raise UnknownName.among(self._what, name, self)

    def _find(self, module: ModuleType) -> T:
        """Find the one class of the module that is a `base` and is defined there."""
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, self._base) and value.__module__ == module.__name__:
                return cast("T", value)
        raise UnknownName(f"{module.__name__} defines no {self._base.__name__}.")

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._files | set(self._plug_ins)))

    def __len__(self) -> int:
        return len(self._files | set(self._plug_ins))

    def __contains__(self, name: object) -> bool:
        return name in self._files or name in self._plug_ins

    def __repr__(self) -> str:
        return f"<{self._what}s: {', '.join(self)}>"


class FunctionFolder(ModuleType):
    """A package whose every file holds one public function of the file's name, which is what the name then means.

    Python sets a submodule as an attribute of its package when it is imported, whoever imports it; here the function
    takes the module's place, so `hb.plots.timeline(...)` works whether or not the file was imported before.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and not name.startswith("_") and value.__name__ == f"{self.__name__}.{name}":
            value = getattr(value, name, value)
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> object:
        if name.startswith("_") or name not in self.__dir__():
            raise AttributeError(f"{self.__name__} has no {name!r}; it has: {', '.join(self.__dir__())}")
        import_module(f"{self.__name__}.{name}")
        return self.__dict__[name]

    def __dir__(self) -> list[str]:
        folder = Path(cast("str", self.__file__)).parent
        return sorted(path.stem for path in folder.glob("[!_]*.py"))


def function_folder(package: str) -> None:
    """Make the package a `FunctionFolder`; called at the end of its `__init__`."""
    sys.modules[package].__class__ = FunctionFolder
