"""What encoded text looks like before it is decoded: patterns that hardly any hash, path or name fits.

Base64 writes three bytes as four letters, so what is known of the bytes is known of the letters. An ASCII character is
9, 10, 13 or 32 to 126: the first letter of four is then one of C, D, I to Z and a to f, and so on for the other two; UTF-16
of one script has the same byte in every second place, so every other four letters are much alike. Sixteen letters of a name fit by
chance once in fifty thousand. The patterns run in linear time, in Polars over a column as in Python over a run.
"""

from __future__ import annotations

_LETTER = "[A-Za-z0-9+/_-]"
_ASCII = f"(?:[CDI-Za-f][ACDEFGHQSTUVWXgijklmnwyz0123][ABEFIJMNQRUVYZcdghklopstwx014589]{_LETTER}){{4}}"
_HIGH_LOW_HIGH = "[AB][A-P][AEIMQUYcgkosw048][AE]"  # the high byte is 0 or, for Cyrillic, 4
_UTF16 = f"{_HIGH_LOW_HIGH}{_LETTER}{{4}}{_HIGH_LOW_HIGH}"
# Anything else, packed or in another script: long, and with digits among the letters, unlike names, and letters past f
# among the digits, unlike hashes.
_LONG = f"{_LETTER}{{12}}(?:[0-9+]{_LETTER}{{3}}[G-Zg-z]|[G-Zg-z]{_LETTER}{{3}}[0-9+]){_LETTER}{{16}}"
BASE64 = f"{_ASCII}|{_UTF16}|{_LONG}"

_PAIR = "(?:[2-7][0-9A-Fa-f]|0[09ADad])"
_BINARIES = "4[dD]5[aA]90000300|1[fF]8[bB]0800|504[bB]0304|7[fF]454[cC]46|[fF][cC](?:[eE]8|4883)"
HEX = f"(?:^|[^0-9A-Za-z])(?:0x)?(?:{_PAIR}{{8}}|{_BINARIES})"

# What the other forms must have at least, and what announces an argument that decodes.
_CUES = (
    r"(?i-u:[-/]|\u2013|\u2014|\u2015)(?i-u:e(?:n?c?|nc[odeman]{1,11}))[\s:][\\\x22'(\s]*[A-Za-z0-9+/_-]{8}",
    r"(?i-u:base64|atob|b64decode|decode64|basic\s)",
    r"(?i-u:\[char|char\s?\(|chrw?\$?\s?\(|fromc[oh]|getstring)",
    r"(?i-u:\\x[0-9a-f]{2}\\x|%u[0-9a-f]{4}%u|\\u[0-9a-f]{4}\\u|(?:%[0-9a-f]{2}){8})",
    r"0x[0-9a-fA-F]{1,2}\s*,\s*0x|(?:[ :,-][0-9a-fA-F]{2}){9}",
    r"[A-Za-z0-9+/=][\x22']\s*[+&]\s*(?:_\s+)?[\x22'][A-Za-z0-9+/=]",
    r"[A-Za-z0-9+/][\^`]\r?\n?[A-Za-z0-9+/]",
)

# Any of these, and a cell is worth a closer look. Rust's `regex` takes one to three nanoseconds a letter for each; other
# groupings are slower, because it builds its automaton as it goes and that of all together is large.
ANYTHING = (f"{_ASCII}|{HEX}", _UTF16, _LONG, "|".join(_CUES))
