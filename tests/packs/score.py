"""Real evidence of single techniques: is the technique among the findings, and which findings are about something else?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

import huntbook as hb
from huntbook.core import runtime
from huntbook.investigation.finding import Finding, RemoteRef
from huntbook.investigation.hunt import find_lacking, reason_to_skip
from huntbook.investigation.ranking import shares
from huntbook.query.pack import Severity, packs
from huntbook.sources._connection import Connection

# What each of Stratus Red Team's attacks is in ATT&CK; the file's name says the tactic only.
STRATUS = {
    "aws.defense-evasion.cloudtrail-delete": "T1562.008",
    "aws.defense-evasion.cloudtrail-event-selectors": "T1562.008",
    "aws.defense-evasion.cloudtrail-stop": "T1562.008",
    "aws.defense-evasion.organizations-leave": "T1562",
    "aws.discovery.ec2-download-user-data": "T1552.005",
    "aws.execution.ec2-launch-unusual-instances": "T1578.002",
    "aws.execution.ec2-user-data": "T1059",
    "aws.exfiltration.ec2-security-group-open-port-22-ingress": "T1562.007",
    "aws.exfiltration.rds-share-snapshot": "T1537",
    "aws.lateral-movement.ec2-instance-connect": "T1021.004",
    "aws.lateral-movement.ec2-serial-console-send-ssh-public-key": "T1021.004",
    "aws.persistence.iam-backdoor-role": "T1098",
    "aws.persistence.iam-backdoor-user": "T1098.001",
    "aws.persistence.lambda-backdoor-function": "T1648",
    "aws.persistence.lambda-overwrite-code": "T1648",
    "aws.privilege-escalation.iam-update-user-login-profile": "T1098",
}
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")


@dataclass(frozen=True)
class Folder:
    """Evidence of one technique, or of one attack with several."""

    kind: str
    name: str
    path: Path
    techniques: frozenset[str]


@dataclass(frozen=True)
class Scored:
    """The findings on one folder, by what they are about."""

    folder: Folder
    found: frozenset[str]
    about: list[Finding]
    linked: list[Finding]
    """On the same process, its parent or child, the same remote address, or the same person on the same host."""
    beside: list[Finding]

    def count(self, severity: Severity, findings: Sequence[Finding] | None = None) -> int:
        every = [*self.about, *self.linked, *self.beside] if findings is None else findings
        return sum(finding.severity == severity for finding in every)


def folders(evidence: Path) -> Iterator[Folder]:
    """Everything in the shared evidence whose technique is known."""
    known = dict(_recorded(evidence))
    for path in sorted((evidence / "windows_mordor" / "atomic").rglob("*.zip")):
        yield Folder("Security-Datasets, Windows", path.stem, path, known.get(path.name, frozenset()))
    for path in sorted((evidence / "mordor_other" / "atomic").rglob("*.zip")):
        yield Folder("Security-Datasets, other", path.stem, path, known.get(path.name, frozenset()))
    golden = evidence / "mordor_other" / "compound" / "GoldenSAMLADFSMailAccess"
    yield Folder("Security-Datasets, other", golden.name, golden, _mapped(evidence / "mordor_metadata", golden.name))
    for path in sorted((evidence / "evtx").glob("*/*")):
        yield Folder("EVTX", path.name, path, frozenset(_TECHNIQUE.findall(path.name)[:1]))
    for path in sorted((evidence / "cloudtrail" / "stratus").glob("*.json")):
        yield Folder(
            "Stratus Red Team", path.stem, path, frozenset({STRATUS[path.stem]} if path.stem in STRATUS else ())
        )


def sigma(evidence: Path) -> Iterator[Folder]:
    """Regression folders of Sigma rules that name a technique."""
    for path in sorted((evidence / "sigma_regression").glob("*/rule.yml")):
        tags = yaml.safe_load(path.read_text(encoding="utf-8")).get("tags", [])
        techniques = frozenset(tag.removeprefix("attack.").upper() for tag in tags if re.match(r"attack\.t\d{4}", tag))
        if techniques:
            yield Folder("Sigma regression", path.parent.name, path.parent, techniques)


def _recorded(evidence: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """The archive's name and its techniques, as the metadata of Security-Datasets has them."""
    for path in sorted((evidence / "mordor_metadata").glob("SD*.yaml")):
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        for file in read["files"]:
            yield file["link"].rsplit("/", 1)[-1], _techniques(read)


def _mapped(metadata: Path, name: str) -> frozenset[str]:
    return _techniques(yaml.safe_load((metadata / f"{name}.yaml").read_text(encoding="utf-8")))


def _techniques(read: dict[str, list[dict[str, object]]]) -> frozenset[str]:
    pairs = [(one["technique"], one.get("sub-technique")) for one in read["attack_mappings"]]
    return frozenset(f"{technique}.{int(str(sub)):03}" if sub else str(technique) for technique, sub in pairs)


def matches(technique: str, other: str) -> bool:
    """Whether two techniques are the same, or one is the other's parent."""
    return technique == other or technique.startswith(f"{other}.") or other.startswith(f"{technique}.")


def found_in(techniques: frozenset[str], findings: Sequence[Finding]) -> frozenset[str]:
    """Those techniques that are among the findings."""
    return seen_in(techniques, {technique for finding in findings for technique in finding.techniques})


def seen_in(techniques: frozenset[str], seen: set[str]) -> frozenset[str]:
    """Those techniques that match one of `seen`."""
    return frozenset(technique for technique in techniques if any(matches(technique, other) for other in seen))


def hunt_on(folder: Folder, cache: Path) -> Scored:
    """Hunt on one folder and sort its findings."""
    with_cache = hb.connect("local", folder.path, cache=cache)
    return sort_findings(folder, hb.hunt(with_cache))


def campaign(evidence: Path, number: str, cache: Path) -> dict[str, int]:
    """At which position of the findings, from 1, each truth of an LSASS campaign stands first; 0 if nowhere."""
    truth = json.loads((evidence / "ground_truth" / "lsass_campaigns.json").read_text(encoding="utf-8"))[number]
    findings = hb.hunt(
        hb.connect("local", evidence / "windows_mordor" / "compound" / f"LSASS_campaign_0{number}", cache=cache)
    )
    address, _, port = truth["sessions"][0][0].partition(":")
    operator = RemoteRef(address=address, port=int(port))
    shells = {
        f"shell {pid}": [one.process is not None and one.process.id == str(pid) for one in findings]
        for pid in truth["shell_pids"]
    }
    told = {
        f"operator at {address}:{port}": [one.remote == operator for one in findings],
        **shells,
        "theft from LSASS": [bool(found_in(frozenset({"T1003.001"}), [one])) for one in findings],
    }
    return {what: told_by.index(True) + 1 if any(told_by) else 0 for what, told_by in told.items()}


def told_by_file(logs: Connection) -> dict[str, set[str]]:
    """The techniques of the queries that answer with a row of each file: many folders are scored by one hunt.

    What a query counts over several files is told of none of them unless the answer says so.
    """
    told: dict[str, set[str]] = {}
    queries = packs.hunting()
    lacking = runtime.run(find_lacking(logs, queries))
    for query in queries:
        answer = None if reason_to_skip(query, lacking) else logs.query(query.kql).to_polars()
        for file in [] if answer is None or "_File" not in answer.columns else answer["_File"].drop_nulls().unique():
            told.setdefault(str(file), set()).update(query.techniques)
    return told


def sort_findings(folder: Folder, findings: Sequence[Finding]) -> Scored:
    """Sort findings by what they are about."""
    about = [finding for finding in findings if found_in(folder.techniques, [finding])]
    linked: list[Finding] = []
    rest = [finding for finding in findings if finding not in about]
    grown = True
    while grown:
        chain = [*about, *linked]
        joined = [finding for finding in rest if any(_linked(finding, other) for other in chain)]
        linked += joined
        rest = [finding for finding in rest if finding not in joined]
        grown = bool(joined)
    return Scored(folder, found_in(folder.techniques, findings), about, linked, rest)


def _linked(one: Finding, other: Finding) -> bool:
    person = one.account if one.account and not re.search(r"\$$|\\SYSTEM$|^S-1-5-18$", one.account) else None
    return shares(one, other) or (person is not None and (person, one.host) == (other.account, other.host))
