"""`msticpyconfig.yaml` as `huntbook.toml`: sources, ways to sign in, packs; secrets by reference and never copied."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import huntbook as hb
from huntbook.config.msticpy import _SOURCES, Settings, is_settings, settings
from huntbook.config.references import Reference, reference
from huntbook.config.settings import load
from huntbook.core.marked_yaml import parse_yaml
from huntbook.query.msticpy.importing import import_files
from huntbook.sources.sentinel import Sentinel

ID, OTHER, TENANT = (f"{digit * 8}-1111-1111-1111-111111111111" for digit in "123")
FILE = f"""\
AzureSentinel:
  Workspaces:
    Default: {{WorkspaceId: {ID}, TenantId: {TENANT}}}
    Contoso North: {{WorkspaceId: {OTHER}, TenantId: {TENANT}}}
    ByName: {{SubscriptionId: {ID}, ResourceGroup: logs, WorkspaceName: main}}
Azure: {{cloud: usgov, auth_methods: [cli, devicecode, msi, magic]}}
KeyVault: {{VaultName: contoso}}
QueryDefinitions: {{Custom: [/srv/queries, more]}}
DataProviders:
  Splunk:
    Args:
      host: splunk.contoso.com
      port: 8089
      username: ana
      password: hunter2hunter2
      verify: false
      sharing: global
  Splunk-lab:
    Args: {{host: {{EnvironmentVar: LAB}}, password: {{EnvironmentVar: LAB_PASSWORD}}}}
  MicrosoftDefender:
    Args: {{TenantId: {TENANT}, ClientId: {ID}, ClientSecret: {{KeyVault: defender-secret}}}}
  Cybereason:
    Args: {{TenantId: x}}
TIProviders:
  VirusTotal: {{Args: {{AuthKey: abc}}}}
"""


def converted(text: str = FILE, base: Path = Path("/srv")) -> Settings:
    return settings(parse_yaml(text), base)


def read(found: Settings) -> dict[str, Any]:
    return tomllib.loads(found.toml())


def test_workspaces_become_sources_by_use() -> None:
    sentinel = read(converted())["sources"]["sentinel"]
    assert (sentinel["workspace"], sentinel["tenant"]) == (ID, TENANT)
    assert sentinel["Contoso North"] == {"workspace": OTHER, "tenant": TENANT}
    assert sentinel["ByName"] == {
        "workspace": f"/subscriptions/{ID}/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/main"
    }


def test_ways_to_sign_in_and_the_cloud() -> None:
    found = converted()
    for source in ("sentinel", "defender"):
        assert read(found)["sources"][source]["sign_in"] == ["cli", "device_code", "managed_identity"]
        assert read(found)["sources"][source]["cloud"] == "usgov"
    assert "sign_in" not in read(found)["sources"]["splunk"]
    assert "magic is no way to sign in here." in found.remarks


def test_secrets_are_references_and_a_plain_one_is_not_copied() -> None:
    found = converted()
    sources = read(found)["sources"]
    assert sources["splunk"] == {
        "host": "splunk.contoso.com",
        "port": 8089,
        "user": "ana",
        "password": "keyring:splunk",
        "verify": False,
        "lab": {"password": "env:LAB_PASSWORD"},
    }
    assert sources["defender"]["client_secret"] == "vault:contoso/defender-secret"
    for secret in (
        sources["splunk"]["password"],
        sources["splunk"]["lab"]["password"],
        sources["defender"]["client_secret"],
    ):
        assert isinstance(reference(secret), Reference)
    assert "hunter2" not in found.toml() + "".join(found.remarks)
    assert any(
        "plain text and was not copied. Put it away: keyring set splunk huntbook" in said for said in found.remarks
    )


def test_what_has_no_counterpart_is_said() -> None:
    said = converted().remarks
    assert "line 10: DataProviders.Splunk: sharing has no counterpart here." in said
    assert (
        "line 18: DataProviders.Splunk-lab: host is no secret, and so no reference: set HUNTBOOK_SPLUNK_LAB_HOST."
        in said
    )
    assert "line 22: DataProviders.Cybereason has no counterpart here." in said
    assert "line 24: TIProviders has no counterpart here." in said


def test_folders_of_queries_are_whole_paths_and_those_that_are_not_there_are_said(tmp_path: Path) -> None:
    (tmp_path / "q").mkdir()
    found = converted(f"QueryDefinitions: {{Custom: [q, {tmp_path / 'q'}, more], Default: x}}", tmp_path)
    assert read(found)["packs"] == {"paths": [str(tmp_path / "q")] * 2}
    assert found.remarks == [
        "line 1: QueryDefinitions: Default has no counterpart here.",
        f"QueryDefinitions: Custom: there is no folder {tmp_path / 'more'}; it was left out.",
    ]


def test_a_vault_of_another_cloud_is_an_address() -> None:
    text = f"""\
KeyVault: {{VaultName: mp, TenantId: {TENANT}, Authority: usgov, UseKeyring: true}}
DataProviders: {{Splunk: {{Args: {{bearer_token: {{KeyVault: tok}}}}}}}}
"""
    found = converted(text)
    token = read(found)["sources"]["splunk"]["token"]
    assert token == "vault:https://mp.vault.usgovcloudapi.net/secrets/tok"
    assert isinstance(reference(token), Reference)
    assert found.remarks == ["line 1: KeyVault: UseKeyring has no counterpart here."]


def test_a_table_that_stands_alone_is_told_how_to_sign_in_too() -> None:
    text = """\
Azure: {cloud: usgov, auth_methods: [cli], resource_manager_url: x}
DataProviders: {Kusto-cl: {Primary: true, Args: {Cluster: help}}}
AzureSentinel: {Workspaces: {A: {WorkspaceId: a, Args: {x: 1}}}}
"""
    found = converted(text)
    assert read(found)["sources"] == {
        "kusto": {"cl": {"cluster": "help", "sign_in": ["cli"], "cloud": "usgov"}},
        "sentinel": {"A": {"workspace": "a", "sign_in": ["cli"], "cloud": "usgov"}},
    }
    assert sorted(found.remarks) == [
        "line 1: Azure: resource_manager_url has no counterpart here.",
        "line 2: DataProviders.Kusto-cl: Primary has no counterpart here.",
        "line 3: Workspaces.A: Args has no counterpart here.",
    ]


def test_what_was_converted_is_what_a_source_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "msticpyconfig.yaml").write_text(FILE, encoding="utf-8")
    (done,) = import_files([tmp_path / "msticpyconfig.yaml"], tmp_path / "out")
    assert done.written == tmp_path / "out" / "huntbook.toml"
    monkeypatch.setenv("HUNTBOOK_CONFIG", str(done.written))
    for use, workspace in (("", ID), ("Contoso North", OTHER)):
        taken = load("sentinel", Sentinel.Settings, {}, use=use)
        assert (taken.workspace, taken.tenant, taken.cloud) == (workspace, TENANT, "usgov")
        assert taken.sign_in == ["cli", "device_code", "managed_identity"]


@pytest.mark.parametrize(
    ("source", "names"), _SOURCES.values(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_settings_are_called_as_the_source_calls_them(source: str, names: dict[str, str]) -> None:
    if source in hb.sources:  # the others are to come
        model = hb.sources[source].Settings
        assert model is not None
        assert set(names.values()) <= set(model.model_fields)


def test_settings_that_say_nothing_of_use_are_no_file(tmp_path: Path) -> None:
    (tmp_path / "msticpyconfig.yaml").write_text("TIProviders: {}\n", encoding="utf-8")
    (done,) = import_files([tmp_path / "msticpyconfig.yaml"], tmp_path / "out")
    assert done.failed
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("value", "told"), [({"TIProviders": {}}, True), ({"metadata": {}, "sources": {}}, False), ([], False)]
)
def test_settings_are_told_by_what_they_hold(value: Any, told: bool) -> None:
    assert is_settings(value) is told


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))  # fmt: skip
def test_whatever_a_name_or_value_holds_the_file_says_it(name: str, value: str) -> None:
    found = Settings()
    found.put(("sources", "sentinel", name), "workspace", value)
    assert read(found) == {"sources": {"sentinel": {name: {"workspace": value}}}}
