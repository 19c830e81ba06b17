"""YAML of strangers: every value knows its line, nothing stands twice, no file is a bomb."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from huntbook.core.marked_yaml import DEEPEST, LARGEST, MOST, parse_yaml, read_yaml
from huntbook.errors import SchemaError

PACKS = sorted((Path(__file__).parent.parent.parent / "src" / "huntbook" / "packs").glob("*.yaml"))
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(8)
)


def test_every_value_knows_its_line() -> None:
    marked = parse_yaml(
        "about: x\nqueries:\n  one:\n    needs:\n      - A\n      - {B: [c]}\n    kql: |\n      T\n      | take 1\n"
    )
    assert marked.value == {"about": "x", "queries": {"one": {"needs": ["A", {"B": ["c"]}], "kql": "T\n| take 1\n"}}}
    assert marked.line(("queries", "one", "needs", 1, "B", 0)) == 6
    assert marked.line(("queries", "one", "kql")) == 8  # where its text begins
    assert marked.line(("queries", "one", "kql"), 1) == 9
    assert marked.line(("queries", "one", "absent", "deeper")) == 3
    assert marked.line(()) == 1


def test_keys_are_what_is_written() -> None:
    assert parse_yaml("no: yes\n404: x\n2026-03-02: y\n").value == {"no": True, "404": "x", "2026-03-02": "y"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' stands here for the second time; the first is in line 1"),
        ("a:\n  b: 1\n  b: 1\n", 3, "'b' stands here"),
        ("a: 1\nb: *c\n", 2, "*c stands for nothing"),
        ("a: &a\n  b: *a\n", 2, "*a stands for nothing"),
        ("a: !!python/object/apply:os.getcwd []\n", 1, "is not read"),
        ("a: !!python/name:os.getcwd ''\n", 1, "is not read"),
        ("a: !secret x\n", 1, "is not read"),
        ("a: 1\nb: !!int x\n", 2, "is none"),
        ("a: 2026-13-40\n", 1, "is none"),
        (f"a: {'9' * 5000}\n", 1, "too long"),
        (f"a: 0x{'f' * 5000}\n", 1, "too long"),
        (f"a: 1{':1' * 1_000_000}\n", 1, "too long"),
        (f"a: !!int '1{':1' * 1_000_000}'\n", 1, "too long"),
        ("a: 1\n---\nb: 1\n", 2, "a second document"),
        ("? [a]\n: b\n", 1, "a key is text"),
        ("<<: {a: 1}\n", 1, "`<<` is not read"),
        ("a: 1\nb: ]\n", 2, "not YAML"),
        (BOMB, 6, f"more than {MOST:,} values"),
        ("a: " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), 1, f"more than {DEEPEST}"),
        ("[" * 200_000, 0, ""),
        ("{a: " * 100_000, 0, ""),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(SchemaError) as caught:
        parse_yaml(text, "x.yaml")
    assert said in str(caught.value)
    if line:
        assert caught.value.line == line
        assert str(caught.value).startswith(f"x.yaml:{line}: ")


def test_an_alias_stands_for_its_anchor() -> None:
    assert parse_yaml("a: &x [1, {b: 2}]\nc: *x\nd: &y text\ne: *y\n").value == {
        "a": [1, {"b": 2}],
        "c": [1, {"b": 2}],
        "d": "text",
        "e": "text",
    }


def test_a_file_that_is_too_large_or_no_text_or_away_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(SchemaError, match="are the most"):
        read_yaml(path)
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(SchemaError, match=r":2: is not UTF-8"):
        read_yaml(path)
    with pytest.raises(SchemaError, match="cannot be read"):
        read_yaml(tmp_path / "absent.yaml")


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_it_reads_what_the_library_reads(path: Path) -> None:
    assert read_yaml(path).value == yaml.safe_load(path.read_text(encoding="utf-8"))


# PyYAML writes these three as they are and reads them as the end of a line: what it wrote is not what it reads.
ENDS = "\x85\u2028\u2029"
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters=ENDS)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN, st.booleans())
def test_what_was_written_is_read_back(value: Any, flow: bool) -> None:
    assert parse_yaml(yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)).value == value


@given(st.text(max_size=60))
def test_whatever_a_file_holds_it_is_read_or_refused(text: str) -> None:
    try:
        parse_yaml(text)
    except SchemaError:
        return
