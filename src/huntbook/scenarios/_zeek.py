"""Zeek's logs as tab-separated values: conn, dns, http and ssl of one sensor at the company's border and core."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple

from huntbook.scenarios._clock import utc

if TYPE_CHECKING:
    from random import Random

    from huntbook.scenarios._clock import Span

_ID = "ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port"

# log → its fields, each with its type, as Zeek 6 writes them
FIELDS = {
    "conn": f"{_ID} proto:enum service:string duration:interval orig_bytes:count resp_bytes:count conn_state:string"
    " local_orig:bool local_resp:bool missed_bytes:count history:string orig_pkts:count orig_ip_bytes:count"
    " resp_pkts:count resp_ip_bytes:count tunnel_parents:set[string]",
    "dns": f"{_ID} proto:enum trans_id:count rtt:interval query:string qclass:count qclass_name:string qtype:count"
    " qtype_name:string rcode:count rcode_name:string AA:bool TC:bool RD:bool RA:bool Z:count answers:vector[string]"
    " TTLs:vector[interval] rejected:bool",
    "http": f"{_ID} trans_depth:count method:string host:string uri:string referrer:string version:string"
    " user_agent:string origin:string request_body_len:count response_body_len:count status_code:count"
    " status_msg:string info_code:count info_msg:string tags:set[enum] username:string password:string"
    " proxied:set[string] orig_fuids:vector[string] orig_filenames:vector[string] orig_mime_types:vector[string]"
    " resp_fuids:vector[string] resp_filenames:vector[string] resp_mime_types:vector[string]",
    "ssl": f"{_ID} version:string cipher:string curve:string server_name:string resumed:bool last_alert:string"
    " next_protocol:string established:bool ssl_history:string cert_chain_fps:vector[string]"
    " client_cert_chain_fps:vector[string] sni_matches_cert:bool validation_status:string",
}


def header(log: str, span: Span) -> str:
    """Return the lines that Zeek puts at the top of a log."""
    fields = [field.split(":") for field in FIELDS[log].split()]
    names, types = ("\t".join(column) for column in zip(*fields, strict=True))
    opened = _date(span.start)
    return (
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
        f"#path\t{log}\n#open\t{opened}\n#fields\t{names}\n#types\t{types}\n"
    )


def footer(span: Span) -> str:
    """Return the line that Zeek puts at the end of a log."""
    return f"\n#close\t{_date(span.end)}\n"


def _date(moment: int) -> str:
    return utc(moment)[:19].replace(" ", "-").replace(":", "-")


class Flow(NamedTuple):
    """Two ends of a connection that the sensor saw, with the id that joins its records."""

    uid: str
    source: str
    source_port: int
    target: str
    target_port: int


class Volume(NamedTuple):
    """How long a connection took, in seconds, and how many bytes it carried each way."""

    seconds: float
    sent: int
    received: int


def uid(rng: Random, first: str = "C") -> str:
    """Draw the id of a connection."""
    return first + b64encode(rng.randbytes(12), b"Zk").decode()


def dynamic_port(rng: Random) -> int:
    """Draw a port that Windows connects from; cheaper than `randrange`, and drawn for every flow."""
    return 49152 + int(rng.random() * 16_350)


def _ends(moment: int, flow: Flow) -> str:
    # Zeek's clock counts microseconds; the port makes the last three digits differ from flow to flow.
    seconds, rest = divmod(moment, 1000)
    stamp = f"{seconds}.{rest:03d}{flow.source_port * 7 % 1000:03d}"
    return f"{stamp}\t{flow.uid}\t{flow.source}\t{flow.source_port}\t{flow.target}\t{flow.target_port}"


def conn(moment: int, flow: Flow, volume: Volume, *, service: str = "-", proto: str = "tcp", state: str = "SF") -> str:
    """Render a line of conn.log."""
    refused = state in {"S0", "REJ"}
    local = "T" if _inside(flow.target) else "F"
    history = {"S0": "S", "REJ": "Sr", "SF": "ShADadFf"}.get(state, "ShADad") if proto == "tcp" else "Dd"
    out, back = (1, 0 if state == "S0" else 1) if refused else (volume.sent // 1300 + 4, volume.received // 1300 + 4)
    if proto == "udp":
        out, back = 1, 1
    sizes = "-\t-\t-" if refused else f"{volume.seconds:.6f}\t{volume.sent}\t{volume.received}"
    counts = f"{out}\t{volume.sent + out * 40}\t{back}\t{volume.received + back * 40}"
    return (
        f"{_ends(moment, flow)}\t{proto}\t{service}\t{sizes}\t{state}\t{'T' if _inside(flow.source) else 'F'}\t{local}"
        f"\t0\t{history}\t{counts}\t-"
    )


def dns(moment: int, flow: Flow, name: str, answers: str, *, kind: str = "A") -> str:
    """Render a line of dns.log; no answers is a name that does not exist."""
    code = "0\tNOERROR" if answers else "3\tNXDOMAIN"
    number = {"A": 1, "AAAA": 28, "SRV": 33, "TXT": 16}[kind]
    times = ",".join("300.000000" for _ in answers.split(",")) if answers else "-"
    return (
        f"{_ends(moment, flow)}\tudp\t{flow.source_port * 31 % 65536}\t0.00{flow.source_port % 89 + 10}\t{name}"
        f"\t1\tC_INTERNET\t{number}\t{kind}\t{code}\tF\tF\tT\tT\t0\t{answers or '-'}\t{times}\tF"
    )


class Request(NamedTuple):
    """What a line of http.log says of a request."""

    method: str
    host: str
    uri: str
    agent: str
    body: int = 0
    answer: int = 2048
    mime: str = "text/html"


def http(moment: int, flow: Flow, request: Request, *, status: int = 200) -> str:
    """Render a line of http.log."""
    message = {200: "OK", 201: "Created", 301: "Moved Permanently", 404: "Not Found"}[status]
    file_id = "F" + flow.uid[1:]
    sent = f"{file_id}o\t-\tapplication/octet-stream" if request.body else "-\t-\t-"
    return (
        f"{_ends(moment, flow)}\t1\t{request.method}\t{request.host}\t{request.uri}\t-\t1.1\t{request.agent}\t-"
        f"\t{request.body}\t{request.answer}\t{status}\t{message}\t-\t-\t(empty)\t-\t-\t-\t{sent}"
        f"\t{file_id}\t-\t{request.mime}"
    )


def ssl(moment: int, flow: Flow, name: str, *, valid: bool = True) -> str:
    """Render a line of ssl.log."""
    status = "ok" if valid else "self signed certificate"
    return (
        f"{_ends(moment, flow)}\tTLSv12\tTLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\tx25519\t{name}\tF\t-\t-\tT"
        f"\tCsxknGIi\t-\t-\t{'T' if valid else 'F'}\t{status}"
    )


def _inside(address: str) -> bool:
    return address.startswith(("10.", "172.", "192.168.", "fe80:"))
