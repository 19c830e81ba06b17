"""A plural folder, with plug-ins, as a mapping from file name to thing, loaded on first use.

Plug-ins are installed (entry points of the folder's name), or files of one's own that `local` finds. A name that the folder has is the folder's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from huntbook.errors import ConfigError, UnknownName

if TYPE_CHECKING:
    from types import ModuleType

T = TypeVar("T")


class Registry(Mapping[str, type[T]], Generic[T]):
    """The things in one plural folder, of one entry-point group and in files of one's own, by name, imported on first use.

    Example:
        >>> from huntbook.readers import readers
        >>> "evtx" in readers
        True
    """

    def __init__(
        self, package: str, *, what: str, base: Any, local: Callable[[], Mapping[str, Path]] | None = None
    ) -> None:
        """Look nowhere yet.

        Args:
            package: the folder.
            what: what one of the things is called.
            base: what they derive from.
            local: finds files of one's own, by name; they are looked for when a name is asked for that the folder has not.
        """
        self._package = package
        self._find_local = local
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

    def _local(self) -> Mapping[str, Path]:
        """The files of one's own.

        Raises:
            ConfigError: if they cannot be found, or one has the name of something else.
        """
        found = self._find_local() if self._find_local is not None else {}
        for name in found:
            if name in self._files or name in self._plug_ins:
                raise ConfigError(f"{found[name]}: there is a {self._what} {name!r} already.", hint="Rename the file.")
        return found

    def __getitem__(self, name: str) -> type[T]:
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def _load(self, name: str) -> type[T]:
        if name in self._files:
            return self._find(import_module(f"{self._package}.{name}"))
        if name in self._plug_ins:
            return cast("type[T]", self._plug_ins[name].load())
        local = self._local()
        if name in local:
            return self._find(_module(f"{self._package}.plugins.{name}", local[name]))
        raise UnknownName.among(self._what, name, self)

    def _find(self, module: ModuleType) -> type[T]:
        """Find the one class of the module that is a `base` and is defined there."""
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, self._base) and value.__module__ == module.__name__:
                return cast("type[T]", value)
        raise UnknownName(f"{module.__name__} defines no {self._base.__name__}.")

    def installed(self) -> list[str]:
        """The names that are known without looking for files of one's own."""
        return sorted({*self._files, *self._plug_ins})

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self.installed(), *self._local()}))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        return name in self._files or name in self._plug_ins or name in self._local()

    def __repr__(self) -> str:
        return f"<{self._what}s: {', '.join(self)}>"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)


def _module(name: str, path: Path) -> ModuleType:
    """Import a file as a module of this name."""
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{path} is no Python file.")
    module = module_from_spec(spec)
    sys.modules[name] = module  # as the import system does it: types that are named as text are looked up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
