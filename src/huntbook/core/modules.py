"""Packages in which a name means the thing, not the file that it is in."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast


class NamedPackage(ModuleType):
    """A package in which a submodule that defines its own name stands for that: `hb.sources` is the registry.

    Python sets a submodule as an attribute of its package when it is imported, whoever imports it; here what it is named
    for takes its place, so that the name means the same whether or not the file was imported before.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and value.__name__ == f"{self.__name__}.{name}":
            value = vars(value).get(name, value)
        super().__setattr__(name, value)


class FunctionFolder(NamedPackage):
    """A folder whose every file holds one public function of the file's name: `hb.plots.timeline(...)`."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("_") or name not in self.__dir__():
            raise AttributeError(f"{self.__name__} has no {name!r}; it has: {', '.join(self.__dir__())}")
        import_module(f"{self.__name__}.{name}")
        return self.__dict__[name]

    def __dir__(self) -> list[str]:
        folder = Path(cast("str", self.__file__)).parent
        return sorted(path.stem for path in folder.glob("[!_]*.py"))


def named_package(package: str) -> None:
    """Make the package a `NamedPackage`; called in its `__init__`."""
    sys.modules[package].__class__ = NamedPackage


def function_folder(package: str) -> None:
    """Make the package a `FunctionFolder`; called in its `__init__`."""
    sys.modules[package].__class__ = FunctionFolder
