"""Typical mistakes: each is refused where it stands, and told in words that help."""

from __future__ import annotations

import pytest
from tests.query.kql.score.engines import Tables

from huntbook.errors import KqlError
from huntbook.query.kql.compiler import compile_query
from huntbook.query.kql.types import Type

TABLES: Tables = {
    "hosts": {"name": Type.STRING, "size": Type.LONG, "seen": Type.DATETIME, "more": Type.DYNAMIC},
    "logins": {"name": Type.STRING, "user": Type.STRING, "count_": Type.LONG},
}


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        # Names
        ("hosts | where siz > 1", (1, 15), "no column 'siz'", "Did you mean 'size'?"),
        ("hosts | where Size > 1", (1, 15), "no column 'Size'", "Did you mean 'size'?"),
        ("hosts\n| project-away siz", (2, 16), "no column 'siz'", "Did you mean 'size'?"),
        ("hots | count", (1, 1), "no table 'hots'", "Did you mean 'hosts'?"),
        ("union hosts, login", (1, 14), "no table 'login'", "Did you mean 'logins'?"),
        ("hosts | extend a = tolwer(name)", (1, 20), "no function 'tolwer'", "Did you mean 'tolower'?"),
        ("hosts | summarize conut() by name", (1, 19), "no function 'conut'", "Did you mean 'count'?"),
        ("hosts\n| summarise count() by name", (2, 3), "no operator 'summarise'", "Did you mean 'summarize'?"),
        ("hosts | where name startwith 'a'", (1, 20), "not 'startwith'", "Did you mean 'startswith'?"),
        ("hosts | where name == a", (1, 23), "no column 'a'", "There are: name, size"),
        ("print a = bag_pack('a')", (1, 11), "keys and values in turn", ""),
        ("let f = () { print 1 };\nprint a = f()", (2, 11), "gives a table", "toscalar"),
        ("let f = (n: long) { print n };\nprint a = (f(1))", (2, 12), "gives a table", "toscalar"),
        # Marks
        ("hosts where size > 1", (1, 7), "'|' is missing before 'where'", ""),
        ("hosts | where (size > 1 | count", (1, 25), "')' is missing", ""),
        ("hosts | where strlen(name > 1", (1, 30), "the '(' of line 1, column 21 is not closed", ""),
        ("hosts | where name == 'a", (1, 23), "The string that begins here is not closed", ""),
        ("hosts | where name = 'a'", (1, 20), "compares with '==', and this is '='", "Did you mean ==?"),
        ("hosts\n| where size > 1 and\n  name = 'a'", (3, 8), "'=' is unexpected", "KQL compares with '=='"),
        ("hosts | where size > 1 && size < 5", (1, 24), "'&' has no meaning", "KQL writes 'and'"),
        ("hosts | where size > 1 || size < 5", (1, 25), "not '|'", "KQL writes 'or'"),
        ("hosts | where size > 1 AND size < 5", (1, 24), "not 'AND'", "Did you mean 'and'?"),
        ("hosts | where !(size > 1)", (1, 15), "'!' has no meaning", "not(…)"),
        ("hosts | sort size", (1, 14), "'by' is missing", ""),
        ("hosts | where size between (1, 5)", (1, 30), "'..' between the bounds", ""),
        ("hosts | project name as n", (1, 22), "'|' is missing before 'as'", "new = old"),
        # Types
        ("hosts | where size == 'big'", (1, 15), "compares a long with a text that is no number", "tostring(…)"),
        ("hosts | where name > 5", (1, 15), "compares a string with a long", "tolong(…)"),
        ("hosts | where size == name", (1, 15), "long and string cannot be compared", "tostring(…)"),
        ("hosts | where name", (1, 15), "must be a bool, and this is a string", "Compare it"),
        ("hosts | where name == null", (1, 23), "no word 'null'", "isnull(…)"),
        ("hosts | where name is null", (1, 20), "not 'is'", "isnull(…)"),
        ("hosts | extend a = name + '!'", (1, 20), "string + string means nothing", "strcat(…)"),
        ("hosts | where seen > ago(5)", (1, 26), "ago() takes a timespan, such as 1d or 2h, not a long", "totimespan"),
        ("hosts | extend a = startofday(name)", (1, 31), "takes a datetime here, not a string", "todatetime(…)"),
        ("hosts | summarize avg(name)", (1, 23), "takes a number or timespan or datetime here, not a string", ""),
        ("hosts | extend a = name.first_", (1, 20), "Only a dynamic has members", "parse_json(…)"),
        ("hosts | extend a = iff(size > 1, 1, 'b')", (1, 20), "long and string", ""),
        ("hosts | mv-expand size", (1, 19), "Only a dynamic can be expanded", ""),
        ("datatable(a: strng)['x']", (1, 14), "no type 'strng'", "Did you mean 'string'?"),
        ("datatable(a: string, b: long)['x', 1, 'y']", (1, 1), "do not fill rows of 2 columns", ""),
        ("print datetime(2024-13-01)", (1, 7), "This is no datetime", ""),
        # Arguments
        ("hosts | extend a = strlen()", (1, 20), "strlen() takes 1 argument, not 0", ""),
        ("hosts | extend a = substring(name)", (1, 20), "takes 2 to 3 arguments, not 1", ""),
        ("hosts | extend a = iff(size > 1, 2)", (1, 20), "iff() takes 3 arguments, not 2", ""),
        ("let f = (a: long) { a }; print f('x')", (1, 34), "'a' is a long, not a string", ""),
        ("let f = (a: long) { a }; print f()", (1, 32), "The parameter 'a' is not given", ""),
        # Rows and values
        ("hosts | where sum(size) > 5", (1, 15), "belongs in summarize", ""),
        ("hosts | extend n = count()", (1, 20), "belongs in summarize", ""),
        ("hosts | summarize size by name", (1, 19), "'size' has a value in every row", "take_any(size)"),
        ("hosts\n| project name\n| where size > 1", (3, 9), "no column 'size'", "Line 2 leaves 'size' out"),
        (
            "hosts\n| summarize count() by name\n\n| sort by seen",
            (4, 11),
            "no column 'seen'",
            "Line 2 leaves 'seen' out",
        ),
        ("hosts | where size > logins", (1, 22), "'logins' is a table, not a value", "toscalar(…)"),
        ("hosts | join kind=left logins on name", (1, 19), "no kind of join 'left'", "Did you mean 'leftouter'?"),
        ("hosts | join kind=inerunique logins on name", (1, 19), "no kind of join", "Did you mean 'innerunique'?"),
        ("hosts | join logins on size", (1, 24), "no column 'size' on the right side", ""),
        ("logins | join hosts on usr", (1, 24), "no column 'usr' on the left side", "Did you mean 'user'?"),
        ("hosts | join logins on size == count_", (1, 24), "Join on a column's name", "$left.size == $right.count_"),
        ("hosts | join logins on $left.nam == $right.name", (1, 30), "no column 'nam'", "Did you mean 'name'?"),
        # Statements
        ("let a = b + 1; let b = 2; print a", (1, 9), "no value 'b'", "put its let before this"),
        ("hosts | where size > least; let least = 5;", (1, 22), "no column 'least'", "put its let before this"),
        ("let x = 5\nhosts | where size > x", (2, 1), "';'", "A new statement begins after ';'"),
        ("SELECT * FROM hosts", (1, 1), "This is SQL", "KQL says"),
        ("select name from hosts where size > 1", (1, 1), "This is SQL", "KQL says"),
        (".show tables", (1, 1), "management command", "only read"),
        ("hosts | count; logins", (1, 16), "several queries", "one at a time"),
        ("hosts |", (1, 8), "Expected an operator after '|'", ""),
        ("", (1, 1), "Nothing is asked", ""),
    ],
)
def test_a_mistake_is_told(text: str, place: tuple[int, int], message: str, hint: str) -> None:
    with pytest.raises(KqlError) as refused:
        compile_query(text, TABLES)
    assert message in refused.value.message
    assert hint in refused.value.hint
    assert (refused.value.line, refused.value.column) == place
