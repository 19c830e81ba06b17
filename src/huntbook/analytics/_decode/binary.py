"""Binaries that an investigator wants named: programs, archives, documents, tickets, shellcode; by their first bytes.

The signatures are those that the formats' own specifications give.
"""

from __future__ import annotations

from hashlib import sha256

_SIGNATURES = (
    (b"\x7fELF", "elf"),
    (b"\xcf\xfa\xed\xfe", "mach-o"),
    (b"\xca\xfe\xba\xbe", "java-class"),
    (b"\xac\xed\x00\x05", "java-object"),
    (b"\x00\x01\x00\x00\x00\xff\xff\xff\xff\x01\x00\x00\x00", "dotnet-object"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh91AY&SY", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"MSCF\x00\x00\x00\x00", "cab"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "lnk"),
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff\xe0", "jpeg"),
    (b"GIF89a", "gif"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"MDMP\x93\xa7", "minidump"),
    (b"regf", "registry-hive"),
    # The block that Metasploit, Cobalt Strike and their kin start with: cld, call past the API resolver.
    (b"\xfc\xe8\x82\x00\x00\x00", "shellcode"),
    (b"\xfc\xe8\x86\x00\x00\x00", "shellcode"),
    (b"\xfc\xe8\x89\x00\x00\x00", "shellcode"),
    (b"\xfc\xe8\x8f\x00\x00\x00", "shellcode"),
    (b"\xfc\x48\x83\xe4\xf0", "shellcode"),
)
_WHERE_AM_I = b"\xd9\x74\x24\xf4"  # fnstenv [esp-12]: how code that decodes itself learns its address
_BY_START: dict[bytes, list[tuple[bytes, str]]] = {}
for _signature, _kind in _SIGNATURES:
    _BY_START.setdefault(_signature[:2], []).append((_signature, _kind))
_SHELLCODE = tuple(signature for signature, kind in _SIGNATURES if kind == "shellcode")


def recognise(data: bytes) -> str | None:
    """Name the kind of a binary, or None where its first bytes are no kind's."""
    for signature, kind in _BY_START.get(data[:2], ()):
        if data.startswith(signature):
            return kind
    if data.startswith(b"MZ"):
        return "pe" if _is_program(data) else None
    if data[:2] == b"\x76\x82" and data[4:6] == b"\x30\x82":  # an ASN.1 KRB-CRED, as Rubeus and Mimikatz export it
        return "kirbi"
    if _WHERE_AM_I in data[:32]:
        return "shellcode"
    return "xor-shellcode" if _is_masked_shellcode(data) else None


def describe(kind: str, data: bytes, note: str = "") -> str:
    """One line in place of a binary's content: what it is, how long, and its SHA-256 to look it up by."""
    parts = [kind, f"{len(data)} bytes", f"sha256 {sha256(data).hexdigest()}", *([note] if note else [])]
    return f"[{', '.join(parts)}]"


def _is_program(data: bytes) -> bool:
    """Two letters prove nothing: the header they point to must be there, or a linker's usual first bytes."""
    start = int.from_bytes(data[60:64], "little")
    return data[start : start + 4] == b"PE\0\0" or data[2:8] in (b"\x90\0\x03\0\0\0", b"P\0\x02\0\0\0")


def _is_masked_shellcode(data: bytes) -> bool:
    """One key for all bytes, as Cobalt Strike's PowerShell loader has it: the first byte gives the key away."""
    key = data[0] ^ 0xFC if len(data) >= 64 else 0
    if not key or data[1] ^ key not in (0xE8, 0x48):
        return False
    return bytes(byte ^ key for byte in data[:6]).startswith(_SHELLCODE)
