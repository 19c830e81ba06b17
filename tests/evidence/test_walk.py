from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from huntbook.errors import EvidenceError
from huntbook.evidence.limits import Limits
from huntbook.evidence.walk import walk

if TYPE_CHECKING:
    from huntbook.readers._base import Loss

LOG = b'{"a": 1}\n{"a": 2}\n'


def found(*paths: Path | str, limits: Limits | None = None) -> tuple[dict[str, bytes], list[Loss]]:
    lost: list[Loss] = []
    files = {}
    for file in walk([*paths], limits=limits, lost=lost):
        with file.open() as stream:
            files[file.name] = stream.read()
    return files, lost


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 3, 1, 10, 0, 0)), data, compress_type=method)
    return target.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w") -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = 1_709_287_200
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def test_order_and_names(tmp_path: Path) -> None:
    for name in ("b/2.json", "b/1.json", "a.json", "c/d/e.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(LOG)
    files, lost = found(tmp_path)
    assert list(files) == ["a.json", "b/1.json", "b/2.json", "c/d/e.json"]
    assert lost == []
    assert list(found(tmp_path / "b" / "1.json")[0]) == ["1.json"]
    assert list(found(tmp_path / "b", tmp_path / "c")[0]) == ["b/1.json", "b/2.json", "c/d/e.json"]
    assert list(found(str(tmp_path / "**" / "*.json"))[0]) == ["a.json", "b/1.json", "b/2.json", "c/d/e.json"]
    assert list(found(tmp_path, tmp_path / "a.json")[0]).count("a.json") <= 1


def test_nothing_there(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", str(tmp_path / "*.json")):
        with pytest.raises(EvidenceError) as caught:
            found(path)
        assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("x.json.gz", gzip.compress(LOG), "x.json.gz"),
        ("two.gz", gzip.compress(LOG[:9]) + gzip.compress(LOG[9:]), "two.gz"),
        ("padded.gz", gzip.compress(LOG) + bytes(600), "padded.gz"),
        ("x.bz2", bz2.compress(LOG), "x.bz2"),
        ("x.xz", lzma.compress(LOG), "x.xz"),
        ("x.zip", zipped({"dir/m.json": LOG}), "x.zip!dir/m.json"),
        ("stored.zip", zipped({"m.json": LOG}, zipfile.ZIP_STORED), "stored.zip!m.json"),
        ("bzip.zip", zipped({"m.json": LOG}, zipfile.ZIP_BZIP2), "bzip.zip!m.json"),
        ("self-extracting.zip", None, "self-extracting.zip!m.json"),
        ("x.tar", tarred({"d/m.json": LOG}), "x.tar!d/m.json"),
        ("x.tgz", tarred({"d/m.json": LOG}, "w:gz"), "x.tgz!d/m.json"),
        ("x.tar.xz", tarred({"d/m.json": LOG}, "w:xz"), "x.tar.xz!d/m.json"),
        ("wrong-name.evtx", gzip.compress(tarred({"m" * 150: LOG})), "wrong-name.evtx!" + "m" * 150),
        ("in.zip", zipped({"a.tar.gz": tarred({"m.json": LOG}, "w:gz")}), "in.zip!a.tar.gz!m.json"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_containers(tmp_path: Path, name: str, data: bytes | None, expected: str) -> None:
    if data is None:  # bytes before the archive shift all its offsets
        data = zipped({"pad": b"x"})[:0] + zipped({"m.json": LOG})
    (tmp_path / name).write_bytes(data)
    files, lost = found(tmp_path)
    assert files == {expected: LOG}
    assert lost == []


def test_times_are_those_of_the_members(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped({"m": LOG}))
    (tmp_path / "x.tar").write_bytes(tarred({"m": LOG}))
    times = {file.name: file.modified for file in walk([tmp_path], lost=[])}
    assert {time.isoformat() for time in times.values() if time} == {"2024-03-01T10:00:00+00:00"}


def test_members_open_again_and_after_the_walk(tmp_path: Path) -> None:
    (tmp_path / "x.tgz").write_bytes(tarred({f"{n}.json": LOG * n for n in range(1, 4)}, "w:gz"))
    files = list(walk([tmp_path], lost=[]))
    for _ in range(2):
        for n, file in enumerate(files, 1):
            with file.open() as stream:
                assert stream.read() == LOG * n
            with file.on_disk() as path:
                assert path.read_bytes() == LOG * n
    copies = [file.copy for file in files if file.copy]
    del file, files
    assert not any(copy.exists() for copy in copies)


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_cut_gzip_keeps_what_decompresses(tmp_path: Path, keep: float) -> None:
    plain = b"".join(f"line {n} {os.urandom(8).hex()}\n".encode() for n in range(8_000))
    packed = gzip.compress(plain)
    (tmp_path / "x.gz").write_bytes(packed[: int(len(packed) * keep)])
    files, lost = found(tmp_path)
    assert plain.startswith(files["x.gz"])
    assert len(files["x.gz"]) > (keep - 0.05) * len(plain)
    assert [loss.lost for loss in lost] == [1]


def test_damaged_gzip_keeps_every_byte_before_the_damage(tmp_path: Path) -> None:
    import zlib

    plain = b"".join(f"line {n} {os.urandom(8).hex()}\n".encode() for n in range(8_000))
    packed = bytearray(gzip.compress(plain))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = b"\xff" * 40
    (tmp_path / "x.gz").write_bytes(packed)
    files, lost = found(tmp_path)
    decoder = zlib.decompressobj(31)
    one_by_one = b""
    try:
        for at in range(len(packed)):
            one_by_one += decoder.decompress(packed[at : at + 1])
    except zlib.error:
        pass
    assert len(files["x.gz"]) >= len(one_by_one)
    assert "damaged gzip" in lost[0].reason
    assert lost[0].position.startswith("byte ")


def test_wrong_checksum_loses_nothing(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(LOG))
    packed[-8] ^= 1
    (tmp_path / "x.gz").write_bytes(packed)
    files, lost = found(tmp_path)
    assert files == {"x.gz": LOG}
    assert len(lost) == 1


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_cut_zip_gives_what_is_there(tmp_path: Path, method: int) -> None:
    data = zipped({"a.json": LOG * 100, "b.json": LOG * 200, "c.json": LOG * 300}, method)
    third = data.rfind(b"PK\x03\x04")
    (tmp_path / "x.zip").write_bytes(data[: third + 60])
    files, lost = found(tmp_path)
    assert files["x.zip!a.json"] == LOG * 100
    assert files["x.zip!b.json"] == LOG * 200
    assert any("no directory" in loss.reason for loss in lost)


def test_cut_tar_gives_what_is_there(tmp_path: Path) -> None:
    data = tarred({"a.json": LOG * 100, "b.json": LOG * 200})
    (tmp_path / "x.tar").write_bytes(data[:3500])
    (tmp_path / "y.tgz").write_bytes(gzip.compress(data[:3500]))
    files, lost = found(tmp_path)
    for name in ("x.tar", "y.tgz"):
        assert files[f"{name}!a.json"] == LOG * 100
        assert (LOG * 200).startswith(files[f"{name}!b.json"])
    assert {loss.file for loss in lost if loss.lost} >= {"x.tar!b.json"}


def test_bomb_ends_at_the_ratio(tmp_path: Path) -> None:
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bytes(8 * 1024 * 1024)))
    limits = Limits(ratio=50, ratio_from=1024 * 1024)
    files, lost = found(tmp_path, limits=limits)
    assert len(files["bomb.gz"]) <= 2 * 1024 * 1024
    assert [(loss.file, loss.lost) for loss in lost] == [("bomb.gz", 1)]
    assert "limit" in lost[0].reason


def test_nested_bomb_ends(tmp_path: Path) -> None:
    inner = zipped({f"{n}.log": bytes(4 * 1024 * 1024) for n in range(5)})
    (tmp_path / "bomb.zip").write_bytes(zipped({f"{n}.zip": inner for n in range(5)}))
    files, lost = found(tmp_path, limits=Limits(ratio=50, ratio_from=1024 * 1024))
    assert sum(map(len, files.values())) <= 8 * 1024 * 1024
    assert any("limit" in loss.reason for loss in lost)


def test_total_and_members(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped({f"{n}.json": os.urandom(1000) for n in range(10)}))
    files, lost = found(tmp_path, limits=Limits(members=4))
    assert len(files) == 4
    assert "more than 4 members" in lost[-1].reason
    files, lost = found(tmp_path, limits=Limits(total=2500))
    assert sum(map(len, files.values())) <= 2500
    assert lost


def test_six_deep(tmp_path: Path) -> None:
    data = zipped({"m.json": LOG})
    for depth in range(4):
        data = zipped({f"{depth}.zip": data})
    (tmp_path / "five.zip").write_bytes(data)
    (tmp_path / "six.zip").write_bytes(zipped({"more.zip": data}))
    files, lost = found(tmp_path)
    assert list(files) == ["five.zip!3.zip!2.zip!1.zip!0.zip!m.json"]
    assert [(loss.file, loss.reason) for loss in lost] == [
        ("six.zip!more.zip!3.zip!2.zip!1.zip!0.zip", "archives nested deeper than 5; not unpacked")
    ]


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize("name", ["../../etc/x", "/etc/x", "C:\\etc\\x", "..\\..\\etc\\x"])
def test_climbing_names(tmp_path: Path, kind: str, name: str) -> None:
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "a").write_bytes(zipped({name: LOG}) if kind == "zip" else tarred({name: LOG}))
    files, lost = found(folder)
    assert files == {"a!etc/x": LOG}
    assert [loss.lost for loss in lost] == [0]
    assert "climbs out" in lost[0].reason
    assert [path.name for path in tmp_path.rglob("*")] == ["evidence", "a"]


def test_links_and_devices_in_tar(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for name, kind in (
            ("link", tarfile.SYMTYPE),
            ("hard", tarfile.LNKTYPE),
            ("dev", tarfile.CHRTYPE),
            ("pipe", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("m.json")
        info.size = len(LOG)
        archive.addfile(info, io.BytesIO(LOG))
    files, lost = found(tmp_path)
    assert files == {"x.tar!m.json": LOG}
    assert {loss.file for loss in lost} == {f"x.tar!{name}" for name in ("link", "hard", "dev", "pipe")}


def test_encrypted_member(tmp_path: Path) -> None:
    data = bytearray(zipped({"m.json": LOG}))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "x.zip").write_bytes(data)
    files, lost = found(tmp_path)
    assert files == {}
    assert [(loss.file, loss.reason, loss.lost) for loss in lost] == [
        ("x.zip!m.json", "encrypted: it needs a password", 1)
    ]


def test_links_pipes_and_junk_on_disk(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(LOG)
    (folder / "m.json").write_bytes(LOG)
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "loop").symlink_to(folder)
    (folder / "empty.json").write_bytes(b"")
    (folder / ".DS_Store").write_bytes(b"x")
    os.mkfifo(folder / "pipe")
    files, lost = found(folder)
    assert files == {"m.json": LOG}
    assert {loss.file for loss in lost} == {"out", "pipe", "empty.json", ".DS_Store"}
    assert all(loss.lost == 0 for loss in lost)


_AS_NOBODY = """
import os, sys
from huntbook.evidence.walk import walk
if os.getuid() == 0:
    os.setuid(65534)
lost = []
print([file.name for file in walk([sys.argv[1]], lost=lost)])
print(sorted((loss.file, loss.lost, loss.unit) for loss in lost))
"""


def test_no_permission() -> None:
    with tempfile.TemporaryDirectory() as name:  # one that others may enter
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "open.json").write_bytes(LOG)
        for closed in (folder / "closed.json", folder / "closed"):
            closed.mkdir() if closed.suffix == "" else closed.write_bytes(LOG)
            closed.chmod(0)
        result = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, name], capture_output=True, text=True, check=True, timeout=60
        )
        (folder / "closed").chmod(stat.S_IRWXU)
    assert result.stdout.splitlines() == ["['open.json']", "[('closed', 1, 'folders'), ('closed.json', 1, 'files')]"]


def test_zstandard_of_text(tmp_path: Path) -> None:
    import pyarrow as pa

    with pa.CompressedOutputStream(str(tmp_path / "x.json.zst"), "zstd") as stream:
        stream.write(LOG * 50_000)
    files, lost = found(tmp_path)
    assert files["x.json.zst"] == LOG * 50_000
    assert lost == []


def test_an_office_document_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "x.docx").write_bytes(zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}))
    files, lost = found(tmp_path)
    assert files == {}
    assert "Office" in lost[0].reason


@pytest.mark.evidence
def test_real_evidence_walks(evidence: Path) -> None:
    lost: list[Loss] = []
    names = [file.name for file in walk([evidence / "windows_mordor", evidence / "mordor_other"], lost=lost)]
    assert len(names) >= 30
    assert len(set(names)) == len(names)
    assert [loss for loss in lost if loss.lost] == []
