"""MSTICPy's `msticpyconfig.yaml` as our `huntbook.toml`; what has no counterpart is said, and no secret is copied.

Their format: msticpy.readthedocs.io, "MSTICPy package configuration". A secret there is a text, `EnvironmentVar: NAME` or `KeyVault: NAME`;
here it is a reference, so that one that stands there in plain text has to be put away first, and the report says where.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huntbook.config.clouds import clouds

if TYPE_CHECKING:
    from huntbook.core.marked_yaml import Marked

_WORKSPACES = ("MSSentinel", "AzureSentinel")
_KNOWN = {*_WORKSPACES, "Azure", "AzureCLI", "DataProviders", "KeyVault", "QueryDefinitions", "msticpy"}
_CLOUDS = {"global": "public", "cn": "china", "usgov": "usgov"}
_WAYS = {
    "env": "environment",
    "cli": "cli",
    "msi": "managed_identity",
    "managedidentity": "managed_identity",
    "vscode": "vscode",
    "powershell": "powershell",
    "interactive": "interactive",
    "devicecode": "device_code",
    "clientsecret": "client_secret",
    "certificate": "certificate",
}
_IDENTITY = {
    "tenantid": "tenant",
    "clientid": "client_id",
    "clientsecret": "client_secret",
    "certificate": "certificate",
}
# Section of theirs → source of ours, and how its settings are called here; a setting that is not named is said.
_SOURCES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "splunk": (
        "splunk",
        {"host": "host", "port": "port", "username": "user", "http_scheme": "scheme", "app": "app", "owner": "owner", "password": "password", "token": "token", "bearer_token": "token", "verify": "verify"},
    ),
    "microsoftdefender": ("defender", _IDENTITY),
    "microsoftgraph": ("graph", _IDENTITY),
    "kusto": ("kusto", {**_IDENTITY, "cluster": "cluster", "database": "database"}),
}  # fmt: skip
_SECRETS = ("password", "token", "client_secret")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass
class Settings:
    """Settings of ours, by table, and what is to be said of them."""

    tables: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def put(self, table: tuple[str, ...], name: str, value: Any) -> None:
        """Set one setting; what is empty is left out."""
        if value not in (None, "", []):
            self.tables.setdefault(table, {})[name] = value

    def rest(self, where: str, given: Mapping[str, Any], taken: Iterable[str], line: int) -> None:
        """Say what is not carried over."""
        for key in (key for key in given if key not in taken):
            self.remarks.append(f"line {line}: {where}: {key} has no counterpart here.")

    def toml(self) -> str:
        """The text of `huntbook.toml`."""
        return "\n".join(
            "\n".join(
                [
                    f"[{'.'.join(map(_key, table))}]",
                    *(f"{_key(name)} = {_value(value)}" for name, value in settings.items()),
                    "",
                ]
            )
            for table, settings in self.tables.items()
        )


def is_settings(value: object) -> bool:
    """Whether what a YAML file holds is a `msticpyconfig.yaml`."""
    return isinstance(value, Mapping) and bool(
        {*_WORKSPACES, "DataProviders", "TIProviders", "QueryDefinitions"} & set(value)
    )


def settings(marked: Marked, base: Path) -> Settings:
    """Convert MSTICPy's settings.

    Args:
        marked: the file as it was read.
        base: the folder that it is in, which paths in it are relative to.
    """
    file, found = marked.value, Settings()
    vault = _vault(found, _map(file.get("KeyVault")), marked)
    for section in _WORKSPACES:
        for name, workspace in _map(_map(file.get(section)).get("Workspaces")).items():
            _workspace(found, str(name), _map(workspace), marked.line((section, "Workspaces", name)))
    for name, provider in _map(file.get("DataProviders")).items():
        line = marked.line(("DataProviders", name))
        found.rest(f"DataProviders.{name}", _map(provider), ("Args",), line)
        _provider(found, str(name), _map(_map(provider).get("Args")), vault, line)
    command_line = _map(_map(file.get("AzureCLI")).get("Args"))
    found.rest("AzureCLI", command_line, _OF_AZURE, marked.line(("AzureCLI",)))
    found.rest("Azure", _map(file.get("Azure")), _OF_AZURE, marked.line(("Azure",)))
    _azure(found, {**command_line, **_map(file.get("Azure"))})
    for section, taken in (("QueryDefinitions", ("Custom",)), ("msticpy", ("QueryDefinitions",))):
        found.rest(section, _map(file.get(section)), taken, marked.line((section,)))
    custom = _map(file.get("QueryDefinitions")).get("Custom") or _map(file.get("msticpy")).get("QueryDefinitions") or []
    found.put(("packs",), "paths", _folders(found, custom if isinstance(custom, list) else [custom], base))
    for name in file:
        if name not in _KNOWN:
            found.remarks.append(f"line {marked.line((name,))}: {name} has no counterpart here.")
    return found


def _folders(found: Settings, custom: list[Any], base: Path) -> list[str]:
    """Whole paths of folders of queries; those that are not there are said."""
    folders = []
    for path in (Path(str(path)) for path in custom if path):
        folder = base / path.expanduser()
        if folder.is_dir():
            folders.append(str(folder))
        else:
            found.remarks.append(f"QueryDefinitions: Custom: there is no folder {folder}; it was left out.")
    return folders


def _vault(found: Settings, given: Mapping[str, Any], marked: Marked) -> str:
    """The vault that secrets are in, as a reference begins: its name, or its address where it is in another cloud than the public one."""
    name, authority = str(given.get("VaultName") or ""), str(given.get("Authority") or "global").lower()
    found.rest("KeyVault", given, _OF_A_VAULT, marked.line(("KeyVault",)))
    if name and authority not in _CLOUDS:
        line = marked.line(("KeyVault", "Authority"))
        found.remarks.append(f"line {line}: KeyVault.Authority: {authority} is no cloud here; the public one is taken.")
    cloud = clouds[_CLOUDS.get(authority, "public")]
    return name if cloud.name == "public" or not name else f"https://{name}.{cloud.key_vault}/secrets"


_OF_AZURE = ("auth_methods", "cloud")
_OF_A_VAULT = ("VaultName", "Authority", "TenantId")
_OF_A_WORKSPACE = ("WorkspaceId", "TenantId", "SubscriptionId", "ResourceGroup", "WorkspaceName")


def _workspace(found: Settings, name: str, given: Mapping[str, Any], line: int) -> None:
    """A workspace by its id, or by its resource id where all parts of that are there; `Default` is the source's own."""
    table = ("sources", "sentinel") if name == "Default" else ("sources", "sentinel", name)
    parts = [str(given.get(key) or "") for key in ("SubscriptionId", "ResourceGroup", "WorkspaceName")]
    whole = (
        f"/subscriptions/{parts[0]}/resourceGroups/{parts[1]}/providers/Microsoft.OperationalInsights/workspaces/{parts[2]}"
        if all(parts)
        else ""
    )
    found.put(table, "workspace", str(given.get("WorkspaceId") or "") or whole or parts[2])
    found.put(table, "tenant", str(given.get("TenantId") or ""))
    found.rest(f"Workspaces.{name}", given, _OF_A_WORKSPACE, line)


def _provider(found: Settings, name: str, given: Mapping[str, Any], vault: str, line: int) -> None:
    section, _, instance = name.partition("-")
    if section.lower() in ("azurecli", "azure"):
        _azure(found, given)
        return
    if section.lower() not in _SOURCES:
        found.remarks.append(f"line {line}: DataProviders.{name} has no counterpart here.")
        return
    source, names = _SOURCES[section.lower()]
    table = ("sources", source, instance) if instance else ("sources", source)
    for key, value in given.items():
        ours = names.get(str(key).lower())
        if ours is None:
            found.remarks.append(f"line {line}: DataProviders.{name}: {key} has no counterpart here.")
        elif ours in _SECRETS:
            found.put(table, ours, _secret(found, f"DataProviders.{name}.{key}", value, vault, "-".join(table[1:])))
        elif isinstance(value, Mapping):
            variable = "_".join(("huntbook", *table[1:], ours)).upper()
            found.remarks.append(
                f"line {line}: DataProviders.{name}: {key} is no secret, and so no reference: set {variable}."
            )
        else:
            found.put(table, ours, value)


def _secret(found: Settings, path: str, value: Any, vault: str, keyring: str) -> str:
    """A reference to where a secret stands. A secret in plain text is not copied."""
    if isinstance(value, Mapping):
        if name := value.get("EnvironmentVar"):
            return f"env:{name}"
        if "KeyVault" in value:
            name = value["KeyVault"] or re.sub(
                r"[^0-9A-Za-z-]", "-", path.replace(".", "-Args-", 1) if "-Args-" not in path else path
            )
            if vault:
                return f"vault:{vault}/{name}"
            found.remarks.append(f"{path} is in a key vault, and KeyVault: VaultName: does not say in which.")
            return ""
    found.remarks.append(
        f"{path} stands there in plain text and was not copied. Put it away: keyring set {keyring} huntbook"
    )
    return f"keyring:{keyring}"


def _azure(found: Settings, given: Mapping[str, Any]) -> None:
    """How to sign in, for every source in Microsoft's clouds that there is."""
    asked = given.get("auth_methods") or []
    unknown = [str(way) for way in asked if str(way).lower() not in _WAYS]
    if unknown:
        found.remarks.append(f"{', '.join(unknown)} is no way to sign in here.")
    ways = [_WAYS[str(way).lower()] for way in asked if str(way).lower() in _WAYS]
    named = str(given.get("cloud") or "global").lower()
    if named not in _CLOUDS:
        found.remarks.append(f"Azure: {named} is no cloud here, and was left out.")
    cloud = _CLOUDS.get(named, "public")
    ours = [one for one in found.tables if one[:2] in _MICROSOFT]
    for table in dict.fromkeys(one[:2] if one[:2] in ours else one for one in ours):  # a source's own is for all of it
        found.put(table, "sign_in", ways)
        found.put(table, "cloud", cloud if cloud != "public" else "")


_MICROSOFT = {("sources", name) for name in ("sentinel", "defender", "graph", "kusto", "resource_graph")}


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    """A value in TOML, whose strings are JSON's but for the character that JSON leaves alone."""
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        str(value)
        if isinstance(value, (int, float))
        else json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    )
