"""What functions that are routines answer: the documentation's examples, and what is odd or hostile."""

from __future__ import annotations

import base64
import gzip
import json
import zlib

import pytest
from tests.query.kql.operators._answers import rows

from huntbook.errors import KqlError
from huntbook.query.kql.routines import agents, compressed, distributions, dynamics, xml

NULL = None
NOKIA = (
    "Mozilla/5.0 (SymbianOS/9.2; U; Series60/3.1 NokiaN81-3/10.0.032 Profile/MIDP-2.0 Configuration/CLDC-1.1 ) "
    "AppleWebKit/413 (KHTML, like Gecko) Safari/4"
)
ANSWERS: list[tuple[str, object]] = [
    # domain names
    (
        "punycode_domain_to_string('Lê Lợi\u3002Thuận Thiên\u3002com')",
        "xn--L Li-gpa4517b.xn--Thun Thin-s4a7194f.com",
    ),
    ("punycode_domain_to_string('Riðill\uff61Skáldskaparmál\uff61org')", "xn--Riill-jta.xn--Skldskaparml-dbbj.org"),
    ('punycode_domain_to_string("Kaledvoulc\'h.Artorījos.edu")', "Kaledvoulc'h.xn--Artorjos-ejb.edu"),
    ("punycode_domain_from_string('xn--Ge-mia.Bulg.edu')", "Gáe.Bulg.edu"),
    (
        "punycode_domain_from_string('xn--Ry-lja8c.xn--Jng-uta63a.xn--Bng-9ka.com')",
        "Rúyì.Jīngū.Bàng.com",
    ),
    ("punycode_domain_from_string('xn--\u00e9.com')", ""),
    ("punycode_domain_from_string('')", ""),
    # compression
    (
        "gzip_compress_to_base64_string('1234567890qwertyuiop')",
        "H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==",
    ),
    ("zlib_compress_to_base64_string('1234567890qwertyuiop')", "eAEBFADr/zEyMzQ1Njc4OTBxd2VydHl1aW9wOAkGdw=="),
    ("zlib_decompress_from_base64_string('eJwLSS0uUSguKcrMS1cwNDIGACxqBQ4=')", "Test string 123"),
    ("zlib_decompress_from_base64_string('x0x0x0')", ""),
    ("gzip_decompress_from_base64_string('')", ""),
    ("gzip_decompress_from_base64_string('é')", ""),
    # XML: each line of the page's table
    ("parse_xml('<e/>')", {"e": None}),
    ("parse_xml('<e>text</e>')", {"e": "text"}),
    ("parse_xml('<e name=\"value\" />')", {"e": {"@name": "value"}}),
    ("parse_xml('<e name=\"value\">text</e>')", {"e": {"@name": "value", "#text": "text"}}),
    ("parse_xml('<e> <a>text</a> <b>text</b> </e>')", {"e": {"a": "text", "b": "text"}}),
    ("parse_xml('<e> <a>text</a> <a>text</a> </e>')", {"e": {"a": ["text", "text"]}}),
    ("parse_xml('<e> text <a>text</a> </e>')", {"e": {"#text": "text", "a": "text"}}),
    ('parse_xml(\'<?xml version="1.0" encoding="UTF-16"?><!-- c --><e>é<?p i?><![CDATA[x]]></e>\').e', "é"),
    ("parse_xml('<e>a<b/>c</e>')", {"e": {"#text": ["a", "c"], "b": None}}),
    ("parse_xml('<n:e xmlns:n=\"u\"><n:b>1</n:b></n:e>')['n:e']['n:b']", "1"),
    ("parse_xml('<e>')", NULL),
    ("parse_xml('')", NULL),
    ("parse_xml('<!DOCTYPE e [<!ENTITY a \"b\">]><e>&a;</e>')", NULL),
    ("parse_xml('<!DOCTYPE e [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><e>&a;</e>')", NULL),
    (f"parse_xml('{'<a>' * 200}{'</a>' * 200}')", NULL),
    # user agents
    (
        "parse_user_agent('Mozilla/5.0 (Windows; U; en-US) AppleWebKit/531.9 (KHTML, like Gecko) AdobeAIR/2.5.1', 'browser')",
        {"Browser": {"Family": "AdobeAIR", "MajorVersion": "2", "MinorVersion": "5", "Patch": "1"}},
    ),
    (
        f"parse_user_agent('{NOKIA}', dynamic(['browser','os','device']))",
        {
            "Browser": {"Family": "Nokia OSS Browser", "MajorVersion": "3", "MinorVersion": "1", "Patch": ""},
            "OperatingSystem": {
                "Family": "Symbian OS",
                "MajorVersion": "9",
                "MinorVersion": "2",
                "Patch": "",
                "PatchMinor": "",
            },
            "Device": {"Family": "Nokia N81", "Brand": "Nokia", "Model": "N81-3"},
        },
    ),
    ("parse_user_agent('', 'device')", {"Device": {"Family": "Other", "Brand": "", "Model": ""}}),
    ("parse_user_agent('curl/8.1', 'engine')", NULL),
    ("parse_user_agent('curl/8.1', dynamic([]))", NULL),
    ("parse_user_agent('curl/8.1', dynamic([{}, 1]))", NULL),
    ("parse_user_agent('curl/8.1.2', dynamic(['browser'])).Browser.Patch", "2"),
    # dynamic values
    (
        "dynamic_to_json(dynamic({'Y10':dynamic({}),'X8':dynamic({'c3':1,'d8':5,'a4':6}),'D1':114,'A1':12,'B1':2,'C1':3,'A14':[15, 13, 18]}))",
        '{"A1":12,"A14":[15,13,18],"B1":2,"C1":3,"D1":114,"X8":{"a4":6,"c3":1,"d8":5},"Y10":{}}',
    ),
    ("dynamic_to_json(dynamic(null))", ""),
    ("dynamic_to_json('text')", "text"),
    ('dynamic_to_json(dynamic([1.5, "a\\"b", null, true]))', '[1.5,"a\\"b",null,true]'),
    ('treepath(parse_json(\'{"a":"b", "c":123}\'))', ["['a']", "['c']"]),
    (
        'treepath(parse_json(\'{"prop1":[1,2,3,4], "prop2":"value2"}\'))',
        ["['prop1']", "['prop1'][0]", "['prop2']"],
    ),
    (
        'treepath(parse_json(\'{"listProperty":[100,200,300,"abcde",{"x":"y"}]}\'))',
        ["['listProperty']", "['listProperty'][0]", "['listProperty'][0]['x']"],
    ),
    ("treepath(dynamic(1))", NULL),
    ("treepath(dynamic(null))", NULL),
    # distributions
    ("round(beta_inv(0.1, 10.0, 20.0), 12)", 0.226415022389),
    ("isnull(beta_inv(1.5, 10.0, 20.0))", True),
    ("isnan(beta_inv(0.1, -1.0, 20.0))", True),
    ("beta_inv(1, 2, 3)", 1.0),
    ("beta_inv(0.5, real(null), 3)", NULL),
    ("round(beta_cdf(beta_inv(0.7, 4, 2), 4, 2), 12)", 0.7),
    ("welch_test(1, 2, 1, 3, 4, 5)", NULL),
    ("welch_test(1, 2, 9, 1, 2, 9)", 1.0),
    ("erfc(0)", 1.0),
    ("erfc(10) > 2.08e-45 and erfc(10) < 2.09e-45", True),
]


@pytest.mark.parametrize(("call", "answer"), ANSWERS, ids=[call[:60] for call, _ in ANSWERS])
def test_answer(call: str, answer: object) -> None:
    assert rows(f"print a = {call}") == [(answer,)]


def test_welch_test_as_documented() -> None:
    query = """print s1 = dynamic([27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]),
        s2 = dynamic([27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4])
        | mv-expand s1 to typeof(double), s2 to typeof(double)
        | summarize m1=avg(s1), v1=variance(s1), c1=count(), m2=avg(s2), v2=variance(s2), c2=count()
        | project round(welch_test(m1,v1,c1,m2,v2,c2), 3)"""
    assert rows(query) == [(0.021,)]


def test_rows_of_a_column_are_answered_one_by_one() -> None:
    query = "datatable(x:string)['<a>1</a>', '', 'x', '<b/>'] | extend y = parse_xml(x) | project y"
    assert rows(query) == [({"a": "1"},), (None,), (None,), ({"b": None},)]


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 100_000])
def test_what_is_compressed_is_read_by_others(size: int) -> None:
    text = ("é" + "abc" * size)[:size]
    assert gzip.decompress(base64.b64decode(compressed.to_gzip(text) or "")) == text.encode()
    assert zlib.decompress(base64.b64decode(compressed.to_zlib(text) or "")) == text.encode()
    assert compressed.of_gzip(base64.b64encode(gzip.compress(text.encode())).decode()) == text
    assert compressed.of_zlib(base64.b64encode(zlib.compress(text.encode())).decode()) == text


def test_compressed_texts_that_are_none() -> None:
    whole = gzip.compress(b"abc")
    bomb = gzip.compress(bytes(65 * 2**20))
    for content in (whole[:-1], whole + b"x", b"", gzip.compress(b"\xff"), bomb):
        assert compressed.of_gzip(base64.b64encode(content).decode()) is None
    assert compressed.of_gzip(base64.b64encode(whole + whole).decode()) == "abcabc"
    assert compressed.of_zlib(base64.b64encode(zlib.compress(b"a") + b"a").decode()) is None


def test_xml_is_limited_in_size_and_depth() -> None:
    assert xml.to_json(f"<a>{'x' * 2**20}</a>") is None
    deep = xml.to_json("<a>" * 100 + "</a>" * 100)
    assert deep is not None
    assert deep.count("{") == 100


def test_an_agent_is_looked_at_so_far_only() -> None:
    assert json.loads(agents.parse(" " * 120_000 + "curl/8.1", '"browser"') or "")["Browser"]["Family"] == "Other"


def test_json_that_is_none_or_too_deep_has_no_answer() -> None:
    for text in ("[" * 300 + "]" * 300, "[" * 100_000 + "]" * 100_000, "{", ""):
        assert dynamics.canonical(text) is dynamics.paths(text) is dynamics.schema(text) is None


def test_distributions_at_their_ends() -> None:
    assert distributions.beta_inverse(0.5, 1e300, 1e-300) in (None, 0.0, 1.0)
    assert distributions.welch_test(1e308, 1, 2, -1e308, 1, 2) is None
    assert distributions.welch_test(0, 0, 5, 1, 0, 5) is None


def test_assert_is_decided_before_rows_are_read() -> None:
    function = 'let f = (n: long, s: string) { assert(n > 0, "n must be positive") and strlen(s) > n };\n'
    table = "datatable(s:string)['123', '4567'] | where "
    assert rows(f"{function}{table}f(n=3, s)") == [("4567",)]
    with pytest.raises(KqlError, match="assert\\(\\) has failed with message: 'n must be positive'"):
        rows(f"{function}{table}f(n=long(-1), s)")
    with pytest.raises(KqlError, match="the same for all rows"):
        rows(f"{table}assert(s == '123', 'no')")


def test_an_argument_without_a_name_is_the_next_that_has_none() -> None:
    assert rows("let f = (a: long, b: long) { a - b }; print f(b=1, 5), f(a=5, 1), f(5, b=1)") == [(4, 4, 4)]


SCALARS: list[tuple[str, object]] = [
    ("format_bytes(564)", "564 Bytes"),
    ("format_bytes(10332, 1)", "10.1 KB"),
    ("format_bytes(20010332)", "19 MB"),
    ("format_bytes(20010332, 2)", "19.08 MB"),
    ("format_bytes(20010332, 0, 'KB')", "19541 KB"),
    ("format_bytes(1761782453926, 2, 'GB')", "1640.79 GB"),
    ("format_bytes(0)", "0 Bytes"),
    ("format_bytes(102400)", "100 KB"),
    ("format_bytes(1, 0, 'parsec')", ""),
    ("format_bytes(real(null))", ""),
    ("format_bytes(1e300)", ""),
    ("format_bytes(1, 99)", ""),
    ("has_any_index('this is an example', dynamic(['this', 'example']))", 0),
    ("has_any_index('this is an example', dynamic(['not', 'example']))", 1),
    ("has_any_index('this is an example', dynamic(['not', 'found']))", -1),
    ("has_any_index('Example number 2', range(1, 3, 1))", 1),
    ("has_any_index('this is an example', dynamic([]))", -1),
    ("has_any_index('example', dynamic(['exam']))", -1),
    ("has_any_index('x', dynamic(null))", -1),
    ("regex_quote('(so$me.Te^xt)')", r"\(so\$me\.Te\^xt\)"),
    (r"'a\\b[c]' matches regex regex_quote('a\\b[c]')", True),
    ("around(1, 2, 1)", True),
    ("around(1.5, 2, 0.4)", False),
    ("around(datetime(2021-01-01 01:29), datetime(2021-01-01 01:30), 1min)", True),
    ("around(9223372036854775807, 1, 9223372036854775807)", True),
    ("isnull(around(long(null), 1, 1))", True),
    ("datepart('day', datetime(2020-02-03))", 3),
    ("iscolumnexists('a')", False),
]


@pytest.mark.parametrize(("call", "answer"), SCALARS, ids=[call[:60] for call, _ in SCALARS])
def test_answer_of_sql(call: str, answer: object) -> None:
    assert rows(f"print b = {call}") == [(answer,)]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("print current_principal()", "nobody is signed in"),
        ("materialized_view('V')", "tables of the connection"),
        ("print labels(1)", "belongs in graph-match"),
        ("print __hash_djb2('a')", "does not document it"),
    ],
)
def test_what_the_service_alone_has_is_refused_by_name(query: str, why: str) -> None:
    with pytest.raises(KqlError) as refused:
        rows(query)
    assert why in str(refused.value)
