"""Indicators in text: each kind in its forms, what only looks like one, and what the columns promise."""

from __future__ import annotations

from unittest import mock

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import huntbook as hb
from huntbook.analytics._iocs import patterns, plain
from huntbook.analytics._iocs.kinds import Kind
from huntbook.errors import ColumnMissing, ParameterError, UnknownName

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
SHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SHA512 = SHA256 + SHA256[::-1]
ONION = "rlwryismmgjijryr55u5rqlbqghqvrwxe5qgxupuviyysxkky5wah6yd.onion"
ETHER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def found(text: str, column: str = "text") -> set[tuple[str, str]]:
    table = hb.iocs(pl.DataFrame({column: [text]}), column)
    return set(table.select("kind", "value").iter_rows())


def values(text: str, kind: str) -> list[str]:
    return [value for name, value in found(text) if name == kind]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("from 10.0.0.5:443 to", "ipv4", "10.0.0.5"),
        ("net 192.168.1.0/24", "ipv4", "192.168.1.0"),
        ("to ::ffff:10.1.2.3 port", "ipv4", "10.1.2.3"),
        ("inside/10.0.0.7(443)", "ipv4", "10.0.0.7"),
        ("10.0.0.1-10.0.0.9", "ipv4", "10.0.0.9"),
        ("root@10.0.0.5", "ipv4", "10.0.0.5"),
        ("[2001:0DB8::8a2e:370:7334]:80", "ipv6", "2001:db8::8a2e:370:7334"),
        ("1:2:3:4:5:6:7:8", "ipv6", "1:2:3:4:5:6:7:8"),
        ("fe80::1%eth0", "ipv6", "fe80::1"),
        ("go to Evil.Co.UK now", "domain", "evil.co.uk"),
        ("end evil.com.", "domain", "evil.com"),
        ("github.io and octo.github.io", "domain", "octo.github.io"),
        ("www.ck", "domain", "www.ck"),
        ("_dmarc.example.com", "domain", "_dmarc.example.com"),
        ("spn HTTP/web01.contoso.com", "domain", "web01.contoso.com"),
        ("get.sh:8443 answered", "domain", "get.sh"),
        ("EVIL.NET and CORP.INFO", "domain", "evil.net"),
        ("evil.info: NXDOMAIN", "domain", "evil.info"),
        ("from allegro.pl, character.ai", "domain", "allegro.pl"),
        ("login.evil.zip", "domain", "login.evil.zip"),
        (f"http://{ONION}/", "onion", ONION),
        ("expyuzz4wqqyqhjn.onion", "onion", "expyuzz4wqqyqhjn.onion"),
        ("see HTTP://Evil.com:80/A?b=C#d.", "url", "http://evil.com:80/A?b=C#d"),
        ("(http://evil.com/x)", "url", "http://evil.com/x"),
        ("http://evil.com/a(b)", "url", "http://evil.com/a(b)"),
        ("http://DC01:5985/wsman", "url", "http://dc01:5985/wsman"),
        ("http://u:p@evil.com/x", "url", "http://u:p@evil.com/x"),
        ("http://[2001:db8::1]:80/x", "url", "http://[2001:db8::1]:80/x"),
        ("ldap://evil.com:1389/a}", "url", "ldap://evil.com:1389/a"),
        (r'{"u":"http:\/\/evil.com\/p"}', "url", "http://evil.com/p"),
        ("evil.com/gate.php", "url", "evil.com/gate.php"),
        ("mail <john.doe+x@mail.evil.co.uk>", "email", "john.doe+x@mail.evil.co.uk"),
        (f"MD5={MD5.upper()},", "md5", MD5),
        (SHA1, "sha1", SHA1),
        (f"0x{SHA256}", "sha256", SHA256),
        (SHA512, "sha512", SHA512),
        (rf"C:\x\{MD5}.exe", "md5", MD5),
        (r"C:\Program Files (x86)\Foo Bar\a.exe -k b", "windows_path", r"C:\Program Files (x86)\Foo Bar\a.exe"),
        (r"ran C:\Temp\My New Tool.exe", "windows_path", r"C:\Temp\My New Tool.exe"),
        (r"C:\\Windows\\System32\\cmd.exe", "windows_path", r"C:\Windows\System32\cmd.exe"),
        ("c:/users/bob/x.txt", "windows_path", r"c:\users\bob\x.txt"),
        (r"%APPDATA%\Evil\e.dll", "windows_path", r"%APPDATA%\Evil\e.dll"),
        (r"\\10.0.0.9\c$\x.exe", "windows_path", r"\\10.0.0.9\c$\x.exe"),
        (r"\Device\HarddiskVolume2\Windows\x.exe", "windows_path", r"\Device\HarddiskVolume2\Windows\x.exe"),
        (r"C:\windows\ntdll.dll+9e2bf|", "windows_path", r"C:\windows\ntdll.dll"),
        ("cat /etc/passwd;", "linux_path", "/etc/passwd"),
        ("~/.ssh/id_rsa", "linux_path", "~/.ssh/id_rsa"),
        ("~/Library/Application Support/x", "linux_path", "~/Library/Application Support/x"),
        (r"HKLM\Software\Windows NT\Run", "registry_key", r"HKLM\Software\Windows NT\Run"),
        (r"HKEY_CURRENT_USER\Software\X", "registry_key", r"HKCU\Software\X"),
        (r"hkcu:\software\x", "registry_key", r"HKCU\software\x"),
        (r"\REGISTRY\MACHINE\SAM\X", "registry_key", r"HKLM\SAM\X"),
        ("(cve-2021-44228)", "cve", "CVE-2021-44228"),
        ("Win32/Exploit.CVE-2017-11882.A", "cve", "CVE-2017-11882"),
        ("T1059.001, T1003", "attack_technique", "T1059.001"),
        ("T1059.001, T1003", "attack_technique", "T1003"),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "bitcoin", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
        ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        (ETHER, "ethereum", ETHER.lower()),
        (ETHER.lower(), "ethereum", ETHER.lower()),
        ("AA-BB-CC-DD-EE-0F", "mac", "aa:bb:cc:dd:ee:0f"),
        ("aabb.ccdd.ee0f", "mac", "aa:bb:cc:dd:ee:0f"),
        ("announced by AS15169", "asn", "AS15169"),
        ("ASN: 64512", "asn", "AS64512"),
    ],
)
def test_finds(text: str, kind: str, value: str) -> None:
    assert (kind, value) in found(text)


@pytest.mark.parametrize("dot", ["[.]", "(.)", "{.}", "<.>", "[dot]", "(DOT)", "{dot}", "[.", ".]", r"\.", "。", "．"])
def test_refangs_every_dot(dot: str) -> None:
    assert found(f"x evil{dot}example{dot}com y") == {("domain", "evil.example.com")}
    assert values(f"x 10{dot}20{dot}30{dot}40 y", "ipv4") == ["10.20.30.40"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("hxxp://", "http://"),
        ("hXXps://", "https://"),
        ("h**p://", "http://"),
        ("fxp://", "ftp://"),
        ("http[:]//", "http://"),
        ("hxxp[://]", "http://"),
        ("http(:)//", "http://"),
        ("hxxps[:]//", "https://"),
        ("http:[//]", "http://"),
    ],
)
def test_refangs_every_beginning_of_a_url(written: str, meant: str) -> None:
    assert values(f"see {written}evil[.]com/a[.]php now", "url") == [f"{meant}evil.com/a.php"]


@pytest.mark.parametrize("at", ["@", "[at]", "(at)", "{AT}", "[@]", "(@)"])
def test_refangs_every_at(at: str) -> None:
    assert found(f"to bob{at}corp[.]org.") == {("email", "bob@corp.org"), ("domain", "corp.org")}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bücher.de", "xn--bcher-kva.de"),
        ("ПРИМЕР.рф", "xn--e1afmkfd.xn--p1ai"),
        ("faß.de", "xn--fa-hia.de"),
        ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),
        ("ｅｖｉｌ．ｃｏｍ", "evil.com"),
    ],
)
def test_names_beyond_ascii_are_given_as_the_dns_has_them(text: str, name: str) -> None:
    assert found(f"at {text}, too") == {("domain", name)}
    assert ("url", f"https://{name}/ä") in found(f"https://{text}/ä")


@pytest.mark.parametrize(
    "text",
    [
        *("setup.py", "README.md", "run-x.ps1", "install.sh", "main.rs", "report.zip", "libfoo.so", "vmlinuz.so.1.2"),
        *("cmd.exe", "app.log", "network.target", "bundle.js.map", "perl fetch.pl", "./lookup.in", "Makefile.am"),
        *("src/news.ai", "System.Net", "System.IO", "Microsoft.PowerShell.Security", "user.name", '"event.id": 1'),
        *("com.apple.security.app", "foo.call(", "$_.Name", "crowdsec-events.INFO", "Insecure.Com LLC"),
        *("co.uk", "foo.ck", "host.local", "a-.com", "-a.com", "a..com", "my_app.com", "x" * 64 + ".com", "a.invalidtld"),
        *("999.1.1.1", "1.2.3", "1.2.3.4.5", "10.0.19041.1", "01.02.03.04", "version 1.2.3.4", "FileVersion: 6.3.0.2"),
        *("Chrome/99.0.0.0", "lib-1.2.3.4.tar", "12:34:56", "10:22:33.123", "std::string", "[math]::E", "add::bad", "::"),
        *("/24", "and/or", "GET /index.php", "GET /etc/shadow HTTP", "//evil/..", "a/usr/bin/x", "\\\\.\\DISPLAY1"),
        *("CORP\\bob", "Index/\\\\think\\app", "00000000000000000000000000000000", "1" * 40, "f" * 64, "a" * 33),
        *(f"IMPHASH={MD5}", "CVE-21-1", "CVE-1066-12345", "XT1003", "T1003x", "20260101T1003", "AS0", "BIAS12", "AS99999999999"),
        *("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", ETHER[:-1] + "D"),
        *("0x" + "0" * 40, "00:00:00:00:00:00", "ff-ff-ff-ff-ff-ff", "aa:bb:cc:dd:ee", "4d:5a:90:00:03:00:00:00:04:00"),
        *("a" * 56 + ".onion", "short.onion", "user@localhost", "@decorator.name(", "http://", "http://...", "http://$host/", "C:\\"),
    ],
)  # fmt: skip
def test_leaves_alone_what_only_looks_like_one(text: str) -> None:
    assert found(f"x {text} y") == set()


def test_a_path_that_was_trimmed_does_not_go_on_behind_what_was_cut_off() -> None:
    assert found(r"in C:\Temp\M. New Tool.exe") == {("windows_path", r"C:\Temp\M")}
    assert found(r"in C:\Temp\M New Tool.exe") == {("windows_path", r"C:\Temp\M New Tool.exe")}


def test_a_registry_key_is_no_windows_path_and_the_mask_no_linux_path() -> None:
    assert found(r"HKLM\Software\X") == {("registry_key", r"HKLM\Software\X")}
    assert found("192.168.1.0/24") == {("ipv4", "192.168.1.0")}
    assert found("get //evil.example.com/..") == {("domain", "evil.example.com")}


def test_the_name_of_a_column_says_that_a_file_name_is_a_host() -> None:
    assert found("get.sh", "QueryName") == {("domain", "get.sh")}
    assert found("get.sh", "CommandLine") == set()


def test_addresses_and_onions_beyond_ascii() -> None:
    assert found("to １０.２.３.４ and １０．２．３．５") == {("ipv4", "10.2.3.4"), ("ipv4", "10.2.3.5")}
    assert found("ｅxpyuzz4wqqyqhjn.onion") == {("onion", "expyuzz4wqqyqhjn.onion")}
    assert found("слово.слово é.é.é") == set()


def test_a_defanged_file_suffix_is_a_domain() -> None:
    assert found("get[.]sh and http://get.zip/") >= {("domain", "get.sh"), ("domain", "get.zip")}


def test_hosts_of_urls_mailboxes_and_shares_are_indicators_of_their_own() -> None:
    assert found("hxxps://a[.]evil.com:8443/x") == {("url", "https://a.evil.com:8443/x"), ("domain", "a.evil.com")}
    assert found("http://[2001:db8::1]/") == {("url", "http://[2001:db8::1]/"), ("ipv6", "2001:db8::1")}
    assert found(r"\\10.0.0.9\c$\x") == {("windows_path", r"\\10.0.0.9\c$\x"), ("ipv4", "10.0.0.9")}


@pytest.mark.parametrize("user", ["u:p", "user:pa.ss", "evil.org", "a:b@c.net", "%41", "10.0.0.5:80"])
def test_who_is_named_before_the_host_is_no_mailbox_and_no_host(user: str) -> None:
    assert found(f"http://{user}@evil.com:80/x") == {("url", f"http://{user}@evil.com:80/x"), ("domain", "evil.com")}
    assert values("hxxp[://]a[.]b)c@evil[.]com/", "url") == ["http://a[.]b)c@evil.com/"]
    assert found(f"hxxp://{user}@evil[.]com/?m=d@e.net") >= {
        ("url", f"http://{user}@evil.com/?m=d@e.net"),
        ("email", "d@e.net"),
    }


def test_a_url_of_a_local_file_has_no_host() -> None:
    assert found("open file:///etc/passwd.") == {("url", "file:///etc/passwd")}
    assert found("FILE:///C:/Temp/x.exe") == {("url", "file:///C:/Temp/x.exe")}
    assert found("file:/// http:///x file:////") == set()


def test_indicators_inside_others() -> None:
    inside = found(f"http://a.com/r?u=http://b.org/x&i=8.8.8.8&m=c@d.net&h={SHA1}")
    assert inside >= {("url", "http://b.org/x"), ("domain", "b.org"), ("sha1", SHA1)}
    assert inside >= {("ipv4", "8.8.8.8"), ("email", "c@d.net"), ("domain", "d.net"), ("domain", "a.com")}


def test_columns_rows_and_places() -> None:
    table = pl.DataFrame({"n": [1, 2, 3], "a": ["x", None, "ä 1.1.1.1 evil[.]com"], "b": ["1.1.1.1", "", None]})
    got = hb.iocs(table)
    assert got.rows() == [
        (0, "b", "ipv4", "1.1.1.1", "1.1.1.1", 0, 7),
        (2, "a", "ipv4", "1.1.1.1", "1.1.1.1", 2, 9),
        (2, "a", "domain", "evil.com", "evil[.]com", 10, 20),
    ]
    assert got.columns == ["row", "column", "kind", "value", "found", "start", "end"]


def test_nothing_found_has_the_same_columns_and_types() -> None:
    some, none = hb.iocs(pl.DataFrame({"a": ["1.1.1.1"]})), hb.iocs(pl.DataFrame({"a": ["x", None]}))
    assert none.schema == some.schema == hb.iocs(pl.DataFrame({"n": [1]})).schema
    assert none.is_empty()


def test_returns_the_kind_of_table_that_it_was_given() -> None:
    got = hb.iocs(pd.DataFrame({"a": ["1.1.1.1"]}), "a")
    assert isinstance(got, pd.DataFrame)
    assert got["value"].tolist() == ["1.1.1.1"]
    assert hb.iocs([{"a": "1.1.1.1"}], ["a"])["value"].to_list() == ["1.1.1.1"]


def test_a_column_that_is_empty_throughout_holds_nothing() -> None:
    assert hb.iocs([{"a": None}, {"a": None}], "a").is_empty()
    assert hb.iocs(pl.DataFrame({"a": ["1.1.1.1"]}).clear(), "a").is_empty()


def test_a_column_named_twice_is_searched_once() -> None:
    table = pl.DataFrame({"a": ["1.1.1.1"]})
    assert hb.iocs(table, ["a", "a"]).equals(hb.iocs(table, "a"))


def test_categories_are_text() -> None:
    table = pl.DataFrame({"a": pl.Series(["1.1.1.1", "1.1.1.1"], dtype=pl.Categorical)})
    assert hb.iocs(table)["row"].to_list() == [0, 1]


def test_a_column_that_is_not_text_is_refused() -> None:
    with pytest.raises(ParameterError, match="not text"):
        hb.iocs(pl.DataFrame({"a": [["1.1.1.1"]]}), "a")
    with pytest.raises(ColumnMissing):
        hb.iocs(pl.DataFrame({"a": ["x"]}), "b")


def test_kinds_are_known_by_name() -> None:
    table = pl.DataFrame({"a": [f"http://evil.com/ 1.1.1.1 {MD5}"]})
    assert hb.iocs(table, kinds="domain")["value"].to_list() == ["evil.com"]
    assert hb.iocs(table, kinds=[Kind.MD5, "ipv4"])["kind"].to_list() == ["ipv4", "md5"]
    with pytest.raises(UnknownName, match="ipv4"):
        hb.iocs(table, kinds=["ip4"])


PIECES = st.sampled_from(
    [
        *("evil.com", "evil[.]com", "hxxp://a.b.org/x", "https://bücher.de/ä", "10.0.0.5", "::1", "fe80::1", "a@b.com"),
        *(MD5, SHA1, SHA256, ETHER, "T1003", "xT1003", "T1003.001", "AS15169", "AS15169x", "CVE-2021-44228", "aa:bb:cc:dd:ee:ff"),
        *(r"C:\Program Files\a b.exe", r"HKLM\Software\X", r"\\10.0.0.9\c$\x", "/etc/passwd", "setup.py", "1.2.3.4.5"),
        *(" ", ", ", "-", "ä", "\n", "\x00", '"', "'", "(", ")", "[", "]", ":", "/", "\\", ".", "@", "+", "😀", "。", "=", "&"),
    ]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=60))


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_every_place_is_where_it_says(texts: list[str]) -> None:
    for row, _, _, _, written, start, end in hb.iocs(pl.DataFrame({"a": texts}), "a").iter_rows():
        assert texts[row][start:end] == written


CELLS = st.none() | TEXTS


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5))
def test_columns_together_give_what_each_gives_in_the_order_of_the_table(rows: list[tuple[str | None, ...]]) -> None:
    table = pl.DataFrame(rows, schema=dict.fromkeys(["a", "QueryName", "c"], pl.String), orient="row")
    got = hb.iocs(table)
    apart = pl.concat(hb.iocs(table, name) for name in table.columns)
    order = {name: number for number, name in enumerate(table.columns)}
    place = [(row, order[column], start) for row, column, start in got.select("row", "column", "start").iter_rows()]
    assert place == sorted(place)
    assert sorted(got.rows()) == sorted(apart.rows())
    for row, column, _, _, written, start, end in got.iter_rows():
        assert table[column][row][start:end] == written


@settings(max_examples=25, deadline=None)
@given(TEXTS, st.sampled_from(list(Kind)))
def test_asking_for_one_kind_gives_the_same_as_asking_for_all(text: str, kind: Kind) -> None:
    table = pl.DataFrame({"a": [text]})
    assert hb.iocs(table, kinds=kind).rows() == hb.iocs(table).filter(kind=kind).rows()


def test_a_defanged_hardware_address_is_found_when_only_they_are_asked_for() -> None:
    table = pl.DataFrame({"a": ["at aabb[.]ccdd[.]eeff"]})
    assert hb.iocs(table, kinds="mac")["value"].to_list() == ["aa:bb:cc:dd:ee:ff"]


@settings(max_examples=25, deadline=None)
@given(TEXTS)
def test_long_cells_are_read_like_short_ones(text: str) -> None:
    short = hb.iocs(pl.DataFrame({"a": [text + " "]}))
    long = hb.iocs(pl.DataFrame({"a": [text + " " * 2000]}))
    assert short.rows() == long.rows()


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_the_short_path_reads_what_the_other_readers_read(texts: list[str]) -> None:
    table = pl.DataFrame({"a": texts})
    short = hb.iocs(table)
    nothing = {form: pattern if form == "address" else "^\x00$" for form, pattern in plain._PLAIN.items()}
    with mock.patch.object(plain, "_PLAIN", nothing):
        assert hb.iocs(table).rows() == short.rows()


def test_the_exact_hint_misses_nothing_that_the_cheap_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        "evil.com",
        "a.b.co.uk x",
        "bücher.рф",
        "x evil.com.",
        "EVIL.COM",
        "xn--a.xn--p1ai",
        "evil[.]com",
        "a。com",
    ]
    cheap = hb.iocs(pl.DataFrame({"a": texts}))
    monkeypatch.setattr("huntbook.analytics._iocs.matches._MANY", 1)
    assert hb.iocs(pl.DataFrame({"a": texts})).rows() == cheap.rows()
    assert cheap["row"].n_unique() == len(texts)


def test_every_kind_has_a_hint() -> None:
    assert set(patterns.HINTS) == set(Kind)
