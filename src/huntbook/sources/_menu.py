"""The sources as a menu that says what each of them needs: `hb.sources`, and `huntbook sources` on the command line."""

from __future__ import annotations

import inspect
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from huntbook.core.display import printable, table_html
from huntbook.core.registry import Registry
from huntbook.errors import ConfigError
from huntbook.sources._base import Driver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.config.settings import Setting

_WIDTH: Final = 110
_SIGN_IN: Final = "signs in with"


@dataclass(frozen=True, repr=False)
class Needs:
    """What a source needs. `problem` is why it cannot be had, where it cannot."""

    name: str
    about: str = ""
    settings: Sequence[Setting] = ()
    sign_in: frozenset[str] = frozenset()  # of the settings, those that are about signing in to Microsoft
    install: str = ""
    problem: str = ""

    def groups(self) -> dict[str, str]:
        """Its settings by name: those that have to be there, the others, and those that are about signing in; secrets are marked."""
        found: dict[str, list[str]] = {"needs": [], "takes": [], _SIGN_IN: []}
        for each in self.settings:
            group = "needs" if each.required else _SIGN_IN if each.name in self.sign_in else "takes"
            found[group].append(f"{each.name} (secret)" if each.secret else each.name)
        groups = {group: ", ".join(names) for group, names in found.items() if names}
        return {**groups, "install": self.install} if self.install else groups

    def _in_order(self) -> list[Setting]:
        """The settings of its own, then those of signing in."""
        return sorted(self.settings, key=lambda each: (each.name in self.sign_in, not each.required))

    def short(self) -> str:
        """A few lines of it."""
        lines = [f"{self.name}: {self.about or self.problem}"]
        for group, text in self.groups().items():
            lines += textwrap.wrap(text, _WIDTH, initial_indent=f"  {group:<15}", subsequent_indent=" " * 17)
        return "\n".join(map(printable, lines))

    def __repr__(self) -> str:
        lines = [f"{self.name}: {self.about or self.problem}"]
        for each in self._in_order():
            about = ". ".join(filter(None, (_kind(each), each.about)))
            lines += textwrap.wrap(about, _WIDTH, initial_indent=f"  {each.name:<21} ", subsequent_indent=" " * 24)
        lines += [f"  {self.install}"] if self.install else []
        return "\n".join(map(printable, lines))

    def _repr_html_(self) -> str:
        rows = [(each.name, _kind(each), each.about) for each in self._in_order()]
        caption = " ".join(filter(None, (f"{self.name}: {self.about}", self.problem, self.install)))
        return table_html(("setting", "", ""), rows, caption=caption)


def _kind(setting: Setting) -> str:
    """What a setting is: its type, whether it has to be there, and what it is if nobody says."""
    default = setting.default
    told = "required" if setting.required else f"{default!r} if not given" if default not in ("", None, [], {}) else ""
    return ", ".join(filter(None, (setting.type, told)))


class Sources(Registry[Driver]):
    """The sources that can be connected to, by name. Shown, it says what each of them needs."""

    def needs(self, name: str) -> Needs:
        """Say what a source needs: its settings, which of them have to be there, which are secrets, and what to install.

        Raises:
            UnknownName: if there is no such source.
        """
        source = self[name]
        about = (inspect.getdoc(source) or "").partition("\n")[0]
        if source.Settings is None:
            return Needs(name, about, _parameters(source))
        from huntbook.config.settings import describe  # noqa: PLC0415 - only those who look need it
        from huntbook.sources._microsoft.identity import IdentitySettings  # noqa: PLC0415

        if not issubclass(source.Settings, IdentitySettings):
            return Needs(name, about, describe(source.Settings))
        own = source.__module__ == f"huntbook.sources.{name}"
        install = f'pip install "huntbook[{name}]"' if own else "pip install azure-identity"
        return Needs(name, about, describe(source.Settings), frozenset(IdentitySettings.model_fields), install)

    def menu(self) -> list[Needs]:
        """Say of every source what it needs; what cannot be loaded or found spoils nothing of the others."""
        try:
            return [self._told(name) for name in self]
        except ConfigError as error:
            told = [self._told(name) for name in self.installed()]
            return [*told, Needs("plug-ins of your own", problem=f"{error.message} {error.hint}".strip())]

    def _told(self, name: str) -> Needs:
        try:
            return self.needs(name)
        except Exception as error:  # noqa: BLE001 - a plug-in may be anybody's, and fail in any way
            return Needs(name, problem=f"cannot be loaded: {type(error).__name__}: {error}".partition("\n")[0])

    def __repr__(self) -> str:
        return "\n\n".join(each.short() for each in self.menu())

    def _repr_html_(self) -> str:
        heads = ("source", "", "install", "needs", "takes", _SIGN_IN)  # what a narrow page cuts off comes last
        rows = [
            (each.name, each.about or each.problem, *(each.groups().get(group, "") for group in heads[2:]))
            for each in self.menu()
        ]
        return table_html(heads, rows, caption='hb.sources.needs("…") says more of one.')


def _parameters(source: type[Driver]) -> list[Setting]:
    """What a source takes that has no settings: what its class is called with."""
    from huntbook.config.settings import Setting  # noqa: PLC0415

    taken = list(inspect.signature(source).parameters.values())
    return [
        Setting(
            name=each.name,
            type="",
            default=None if each.default is each.empty else each.default,
            required=each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD),
            secret=False,
            about="",
        )
        for each in taken
    ]
