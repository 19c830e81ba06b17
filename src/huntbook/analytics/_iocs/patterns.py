"""The patterns that find what may be an indicator. They say where to look; `shapes.py` says what it is.

Every pattern is one for Polars' regex engine (Rust's `regex`: no backtracking, no look-around). One search is linear, but
finding *all* matches is only linear if no alternative reads far ahead and then gives way to one that consumes little,
again and again. So each alternative either consumes all that it reads (whole runs: "maximal munch") or reads a bounded
distance ahead. That is also why `1.2.3.4.5` is matched whole and refused afterwards, and not matched as `1.2.3.4`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.analytics._iocs.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

# Letters, marks and digits beyond ASCII, coarsely: no punctuation, symbols or spaces. `to_ascii` looks closely later.
# Coarse on purpose, here and below: the fewer states the automaton has, the more of it stays in the engine's cache.
_BEYOND = r"\u{C0}-\u{1FFF}\u{200C}\u{200D}\u{2C00}-\u{2DFF}\u{3005}-\u{FDFF}\u{FF10}-\u{FF60}\u{FF66}-\u{1FFFF}"
LABEL = rf"[A-Za-z0-9_\-{_BEYOND}]"
# A dot as people write it who do not want a link: [.] (.) {.} <.> [. .] [dot] \. and the full stops of IDNA.
DOT = r"(?:\.[\])}]?|[\[({<]\.[\])}>]?|[\[({](?i-u:dot)[\])}]|\\\.|[\u{3002}\u{FF0E}\u{FF61}])"
AT = r"(?:@|[\[({]@[\])}]|[\[({](?i-u:at)[\])}])"
COLON = r"(?::|[\[(]:[\])]?|:\])"
SCHEME = (
    r"(?i-u:h(?:tt|xx|xt|tx|\*\*|__|--)ps?|f[tx]ps?|sftp|wss?|ldaps?|rmi|dns|smb|tcp|udp|ssh|rdp|telnet"
    r"|stratum\+tcp|file)"
)
SEPARATOR = rf"(?:[\[(]://[\])]|{COLON}(?:\\?/\\?/|\[//\]|\[/\]\[?/\]?))"
_URL_CHARACTER = r"""(?:[^\x00-\x20"'<>`|\\^{}\[\]]|\[(?:\.|:|/|(?i-u:dot))\]|\[[A-Za-z0-9_]*\]=|\\[/.])"""
URL = rf"{SCHEME}{SEPARATOR}(?:\[[0-9A-Fa-f:.]+\])?{_URL_CHARACTER}*"
# Names and addresses with their dots, and what hangs on them: local@name, name:port/path. `10.0.0.0/24` has no path.
PATH = rf"(?:\\?/|\[/\])(?:[A-Za-z_~?%#]|[0-9]+[A-Za-z/]){_URL_CHARACTER}*"
DOTTED = rf"(?:{LABEL}+\+)*{LABEL}+(?:(?:{DOT}|{AT}){LABEL}+)+(?:(?:{COLON}[0-9]{{1,5}})?{PATH})?"

_IN_PART = r"""[^\x00-\x20\\/:*?"'`<>|,;\[\]]"""  # of a part of a Windows path
_WORD = rf"[A-Za-z0-9(&_]{_IN_PART}*"  # a further word of a part: no option, no variable
HIVE = (
    r"(?i-u:HKEY_(?:LOCAL_MACHINE|CURRENT_USER|CLASSES_ROOT|USERS|CURRENT_CONFIG)|HKLM|HKCU|HKCR|HKU|HKCC"
    r"|\\REGISTRY\\(?:MACHINE|USER))"
)
_START = (
    rf"{HIVE}:?\\"
    r"|[A-Za-z]:(?:\\|/[A-Za-z0-9_.~$%])"  # a drive
    r"|%[A-Za-z_()0-9]+%\\|(?i-u:\$env:)[A-Za-z0-9_]+\\"  # a variable
    r"|\\{2,4}[A-Za-z0-9.$?_-]+\\"  # a share
    r"|\\(?:Device|SystemRoot|\?\?)\\"
)
WINDOWS = rf"(?:{_START})\\*(?:{_IN_PART}+(?: {_WORD}){{0,4}}[\\/]+)*{_IN_PART}*"
# The rest of a last part with spaces: only words without a dot, then an extension that people see every day.
FILE_NAME_REST = (
    r"^((?: [A-Za-z0-9(&_][A-Za-z0-9()&_+-]*){1,4}\.(?i-u:exe|dll|sys|scr|cpl|ps1|bat|cmd|vbs|js|hta|lnk|msi|docx?"
    r"|docm|xlsx?|xlsm|pptx?|pdf|rtf|txt|log|zip|rar|7z|iso|img|job|xml))(?-u:\b)"
)
# Only below folders that Linux and macOS really have: "/24", "and/or" and the paths of web requests are no files.
_ROOT = (
    "(?:bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|private|proc|root|run|sbin|srv|sys|tmp|usr|var"
    "|Applications|Library|System|Users|Volumes)"
)
_IN_STEP = r"""[^\x00-\x20"'`<>|;:,&(){}\[\]*?\\/$]"""
LINUX_PATH = rf"(?:/{_ROOT}|~)/+(?:{_IN_STEP}+(?: [A-Z][a-z][A-Za-z0-9_.-]*)?/+)*{_IN_STEP}*"

_B = r"(?-u:\b)"
_H4 = "[0-9A-Fa-f]{1,4}"
IPV6 = rf"{_B}(?:{_H4}:){{7}}[0-9A-Za-z_]+|(?:{_B}{_H4}(?:(?::|\[:\]){_H4}){{0,6}})?(?:::|\[::\])[0-9A-Za-z_:.]*"
LONG_WORD = "[0-9A-Za-z]{26,}"  # hashes, and addresses of Bitcoin and Ethereum
CVE = r"(?i-u:CVE)[-\u{2010}-\u{2013}][0-9]{4}[-\u{2010}-\u{2013}][0-9]{4,}"
# `DOTTED` reads a whole run of labels before it gives way for want of a dot, so what else may begin there takes the whole
# run, too. What is more than the indicator is looked at once more, inside.
_REST = rf"(?:{LABEL}|\+)*"
MAC = rf"{_B}[0-9A-Fa-f]{{2}}(?:[:-][0-9A-Fa-f]{{2}}){{5,}}{_B}"
RUN = rf"(?:{MAC}|{LONG_WORD}|{CVE}|{_B}T[01][0-9]{{3}}|{_B}(?:AS|ASN ?:? ?)[0-9]){_REST}"

# The first alternative that matches at a place wins there: containers before what they contain.
COMBINED = rf"{URL}|{WINDOWS}|{DOTTED}|{IPV6}|{LINUX_PATH}|{RUN}"
# What is looked for once more inside a path, a URL behind its host, or a dotted run that was nothing itself.
_MAILBOX = rf"[A-Za-z0-9_.+-]{{1,64}}{AT}(?:{LABEL}+{DOT})+[A-Za-z{_BEYOND}]{LABEL}*"
_ADDRESS = rf"{_B}[0-9]{{1,3}}(?:{DOT}[0-9]{{1,3}}){{3,}}{_B}"
INNER = rf"{URL}|{CVE}|{_ADDRESS}|{_MAILBOX}|{LONG_WORD}"
INNER_HINT = rf"[0-9A-Za-z]{{26}}|{AT}|{SEPARATOR}|(?i-u:cve)[^a-z]|[0-9]{DOT}[0-9]+{DOT}[0-9]+{DOT}[0-9]"

# A cheap sign, for each kind, without which a cell cannot hold one. Most cells of a log have none of them.
_DEFANGED = r"[\[({<]\.|\.[\])}]|[\[({](?i-u:dot)[\])}]|[0-9A-Za-z]\\\.|[\u{3002}\u{FF0E}\u{FF61}]"
_NAME = r"\.[A-Za-z]{2}|\.[^\x00-\x7f]"
_QUAD = r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|" + _DEFANGED
_AUTHORITY = r":\\?/\\?/|[\[(]:|:\[/|:\]"
_HASH = "[0-9A-Fa-f]{32}"
HINTS: dict[Kind, str] = {
    Kind.IPV4: rf"{_QUAD}|::(?i-u:ffff):",
    Kind.IPV6: r"::|\[:|(?:[0-9A-Fa-f]{1,4}:){4}",
    Kind.DOMAIN: rf"{_NAME}|{_DEFANGED}",
    Kind.ONION: r"(?i-u:onion)",
    Kind.URL: rf"{_NAME}|{_QUAD}|{_AUTHORITY}",
    Kind.EMAIL: r"@|[\[({](?i-u:at)[\])}]",
    Kind.MD5: _HASH,
    Kind.SHA1: _HASH,
    Kind.SHA256: _HASH,
    Kind.SHA512: _HASH,
    Kind.WINDOWS_PATH: r"[A-Za-z]:[\\/]|\\",
    Kind.LINUX_PATH: rf"~/|/{_ROOT}/",
    Kind.REGISTRY_KEY: r"(?i-u:HK[LCUE]|REGISTRY)[^\\]{0,20}\\",
    Kind.CVE: r"(?i-u:CVE)[-\u{2010}-\u{2013}]",
    Kind.ATTACK_TECHNIQUE: r"T[01][0-9]{3}",
    Kind.BITCOIN: "[0-9A-Za-z]{26}",
    Kind.ETHEREUM: r"0x[0-9A-Fa-f]{40}",
    Kind.MAC: r"(?:[0-9A-Fa-f]{2}[:-]){4}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.|" + _DEFANGED,
    Kind.ASN: r"AS[0-9N]",
}
# What needs no sign of its own beside that of another kind: fewer states again, which is what the search is timed by.
_IMPLIED = {
    Kind.BITCOIN: {Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512, Kind.ETHEREUM},
    Kind.WINDOWS_PATH: {Kind.REGISTRY_KEY},
}


def hint(kinds: Iterable[Kind], *, top_level: Iterable[str] = ()) -> str:
    """One cheap pattern that every cell with an indicator of one of `kinds` matches.

    Args:
        kinds: what is looked for.
        top_level: every top-level domain. It makes the pattern slow to compile, and spares what follows all the names that
            end in `.exe` or `.log`: worth it for many cells.
    """
    kinds = set(kinds)
    kinds = kinds.difference(*(less for kind, less in _IMPLIED.items() if kind in kinds))
    pattern = "|".join(sorted({HINTS[kind] for kind in kinds}))
    exact = rf"\.(?:(?i-u:xn--|{'|'.join(top_level)}){_B}|[^\x00-\x7f])"
    return pattern.replace(_NAME, exact) if top_level else pattern
