"""Readers for what is on a machine: registry keys and paths."""

from __future__ import annotations

import polars as pl

from huntbook.analytics._iocs.kinds import Kind
from huntbook.analytics._iocs.reading import RAW, trimmed

# What regedit, the kernel and PowerShell call the hives, and the short name that they all get.
_HIVES = {
    "HKLM": r"HKLM|HKEY_LOCAL_MACHINE|\\REGISTRY\\MACHINE",
    "HKCU": "HKCU|HKEY_CURRENT_USER",
    "HKCR": "HKCR|HKEY_CLASSES_ROOT",
    "HKU": r"HKU|HKEY_USERS|\\REGISTRY\\USER",
    "HKCC": "HKCC|HKEY_CURRENT_CONFIG",
}
# A program's name ends its path: what follows is its command line, or the offset of a call inside it.
_COMMAND_LINE = r"(?i-u:(\.(?:exe|dll|com|bat|cmd|ps1|vbs|sys)))(?:[ )].*|\+[0-9A-Fa-f]+)$"


def registry_keys(frame: pl.DataFrame) -> pl.DataFrame:
    """Keys below any hive; the value has the hive's short name and single backslashes."""
    found = trimmed(RAW)
    value = found.str.replace_all(r"\\+", "\\").str.strip_chars_end("\\")
    for hive, names in _HIVES.items():
        value = value.str.replace(rf"^(?i-u:{names}):?\\", f"{hive}\\")
    return frame.select("id", "raw", kind=pl.lit(Kind.REGISTRY_KEY), value=value, size=found.str.len_chars(), tail_at=0)


def windows_paths(frame: pl.DataFrame) -> pl.DataFrame:
    """Paths below a drive, a variable, a share or a device; the value has single backslashes, its host is the share's."""
    found = trimmed(RAW.str.replace(_COMMAND_LINE, "$1"))
    value = found.str.replace_all(r"[\\/]+", "\\")
    is_screen = pl.col("value").str.contains(r"^\\\\\.\\DISPLAY")
    host = pl.col("value").str.extract(r"^\\\\([A-Za-z0-9.-]+)\\")
    return frame.with_columns(
        value=pl.when(found.str.starts_with(r"\\")).then(pl.lit("\\") + value).otherwise(value),
        size=found.str.len_chars(),
    ).select(
        "id",
        "raw",
        "value",
        "size",
        kind=pl.when(pl.col("value").str.contains(r"[^\\]\\[^\\]") & ~is_screen).then(pl.lit(Kind.WINDOWS_PATH)),
        unfinished=found.str.contains(r"[\\/][^.\\/]+$") & (found == RAW),
        host=host,
        host_at=RAW.str.extract(r"^(\\+)").str.len_chars(),
        tail_at=0,
    )


def linux_paths(frame: pl.DataFrame) -> pl.DataFrame:
    """Paths below a folder that Linux or macOS has, or below the home folder `~`."""
    found = trimmed(RAW).str.strip_chars_end("#")  # of a prompt
    value = found.str.replace_all("/+", "/")
    is_path = value.str.contains("^(?:/[^/]+|~)/[^/]")
    return frame.select(
        "id",
        "raw",
        kind=pl.when(is_path).then(pl.lit(Kind.LINUX_PATH)),
        value=value,
        size=found.str.len_chars(),
        tail_at=0,
    )
