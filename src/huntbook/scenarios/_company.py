"""An invented company: its people, machines, networks and the outside world that they talk to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from huntbook.scenarios import _words
from huntbook.scenarios._clock import stream

if TYPE_CHECKING:
    from random import Random

Shape = Literal["flat", "beat", "table", "syslog3164", "syslog5424"]

_OUTSIDE = ("192.0.2", "198.51.100", "203.0.113")


@dataclass(frozen=True, slots=True)
class Account:
    """Who a process runs as: a name in a domain with its security identifier."""

    name: str
    domain: str
    sid: str

    def __str__(self) -> str:
        return f"{self.domain}\\{self.name}"


SYSTEM = Account("SYSTEM", "NT AUTHORITY", "S-1-5-18")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works there."""

    first: str
    last: str
    login: str
    upn: str
    account: Account
    department: str
    object_id: str
    device_id: str
    home: str
    agent: str

    @property
    def display(self) -> str:
        """The name as a directory shows it."""
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Host:
    """A machine that writes logs; `shape` is the form in which they are exported."""

    name: str
    fqdn: str
    netbios: str
    address: str
    role: str
    shape: Shape
    mark: str  # the first part of the GUIDs that Sysmon makes on it
    sid: str
    hardware: str

    @property
    def account(self) -> Account:
        """The machine's own account in the domain."""
        return Account(f"{self.name}$", self.netbios, "S-1-5-18")

    @property
    def windows(self) -> bool:
        """Whether it runs Windows."""
        return not self.shape.startswith("syslog")


@dataclass(frozen=True)
class Company:
    """Everything that is the same for a seed, whatever happens in the scenario."""

    name: str
    domain: str
    netbios: str
    mail_domain: str
    tenant: str
    aws_account: str
    office_address: str
    people: list[Person]
    service: dict[str, Account]
    clients: list[Host]
    servers: dict[str, Host]
    sites: dict[str, str]
    update_site: str
    telemetry_site: str
    backup_site: str
    agent_product: str
    pool: list[str]

    @property
    def admin(self) -> Person:
        """The administrator, whose ordinary work looks most like an attack."""
        return self.people[0]

    @property
    def public_sites(self) -> list[str]:
        """The sites that people visit, the most visited first."""
        return [site for site in self.sites if site not in {self.update_site, self.telemetry_site, self.backup_site}]

    @property
    def hosts(self) -> list[Host]:
        """All machines, the clients first."""
        return [*self.clients, *self.servers.values()]

    def owner(self, client: Host) -> Person:
        """Return who works at a client."""
        return self.people[self.clients.index(client)]

    def client_of(self, person: Person) -> Host:
        """Return the client that somebody works at."""
        return self.clients[self.people.index(person)]


def found(seed: int, size: float) -> Company:
    """Draw a company from a seed; a greater size adds people and leaves the first ones as they are."""
    rng = stream(seed, "company")
    name = rng.choice(_words.COMPANIES)
    netbios = name.upper()[:15]
    domain = f"corp.{name}.example"
    sid = f"S-1-5-21-{rng.randrange(10**8, 4 * 10**9)}-{rng.randrange(10**8, 4 * 10**9)}-{rng.randrange(10**8, 4 * 10**9)}"
    pool = [f"{net}.{last}" for net in _OUTSIDE for last in range(2, 254)]
    rng.shuffle(pool)
    sites = {site: pool.pop() for site in (*_words.SITES, f"www.{name}.example")}
    product = rng.choice(["Ambit", "Corvus", "Hearth", "Lantern", "Tessel"])
    update, telemetry, backup = (f"{kind}.{product.lower()}.example" for kind in ("updates", "telemetry", "vault"))
    for site in (update, telemetry, backup):
        sites[site] = pool.pop()
    office_address = pool.pop()
    people = _hire(seed, size, Account(name, netbios, sid), pool)
    return Company(
        name=name,
        domain=domain,
        netbios=netbios,
        mail_domain=f"{name}.example",
        tenant=guid(rng),
        aws_account=str(rng.randrange(10**11, 10**12)),
        office_address=office_address,
        people=people,
        service={
            role: Account(
                f"{rng.choice(['svc', 'sa', 's'])}{rng.choice(['-', '_'])}{role}", netbios, f"{sid}-{1900 + n}"
            )
            for n, role in enumerate(("backup", "deploy", "scan", "sql"))
        },
        clients=_clients(seed, len(people), domain, netbios),
        servers=_servers(seed, domain, netbios),
        sites=sites,
        update_site=update,
        telemetry_site=telemetry,
        backup_site=backup,
        agent_product=product,
        pool=pool,
    )


def guid(rng: Random) -> str:
    """Draw an identifier in the form of a version 4 UUID."""
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _hire(seed: int, size: float, company: Account, pool: list[str]) -> list[Person]:
    """Draw the people; the first ones are the same whatever the size, and each has an address of their own at home."""
    rng = stream(seed, "people")
    spelling = rng.randrange(3)
    names = [(first, last) for first in _words.FIRST for last in _words.LAST]
    rng.shuffle(names)
    count = min(400, max(14, round(18 * size**0.5)))
    return [
        _person(
            stream(seed, "person", number),
            number,
            (first, last),
            company,
            login=(f"{first}.{last}", f"{first[0]}{last}", f"{last}{first[:2]}")[spelling].lower(),
            home=pool.pop(),
        )
        for number, (first, last) in enumerate(names[:count])
    ]


def _person(rng: Random, number: int, name: tuple[str, str], company: Account, *, login: str, home: str) -> Person:
    first, last = name
    browser = f"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{rng.randrange(136, 146)}.0.0.0 Safari/537.36"
    return Person(
        first=first,
        last=last,
        login=login,
        upn=f"{first}.{last}@{company.name}.example".lower(),
        account=Account(login, company.domain, f"{company.sid}-{1104 + number}"),
        department="IT" if number < 2 else rng.choice(_words.DEPARTMENTS),
        object_id=guid(rng),
        device_id=guid(rng),
        home=home if rng.random() < 0.7 else f"2001:db8:{rng.randrange(1, 65535):x}::{number + 16:x}",
        agent=f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {browser}",
    )


def _host(rng: Random, name: str, place: tuple[str, str], address: str, *, role: str, shape: Shape) -> Host:
    domain, netbios = place
    return Host(
        name=name,
        fqdn=f"{name.lower()}.{domain}" if shape.startswith("syslog") else f"{name}.{domain}",
        netbios=netbios,
        address=address,
        role=role,
        shape=shape,
        mark=f"{rng.getrandbits(32):08x}",
        sid=f"S-1-5-21-{rng.randrange(10**8, 4 * 10**9)}-{rng.randrange(10**8, 4 * 10**9)}-{rng.randrange(10**8, 10**9)}",
        hardware=":".join(["00", "16", "3e", *(f"{rng.randrange(256):02x}" for _ in range(3))]),
    )


def _network(seed: int) -> str:
    rng = stream(seed, "network")
    return rng.choice([f"10.{rng.randrange(1, 250)}", f"172.{rng.randrange(16, 32)}", "192.168"])


def _clients(seed: int, count: int, domain: str, netbios: str) -> list[Host]:
    rng = stream(seed, "clients")
    prefix = rng.choice(["WS", "LT", "PC", "DESK", netbios[:3] + "-W"])
    first = rng.randrange(100, 400)
    base = _network(seed)
    third = rng.randrange(20, 60)
    return [
        _host(
            rng,
            f"{prefix}{first + number:04d}",
            (domain, netbios),
            f"{base}.{third + number // 200}.{20 + number % 200}",
            role="client",
            shape="flat",
        )
        for number in range(count)
    ]


def _servers(seed: int, domain: str, netbios: str) -> dict[str, Host]:
    rng = stream(seed, "servers")
    base, third = _network(seed), rng.randrange(2, 18)
    style = rng.choice(["{role}{n:02d}", "{net}-{role}{n}", "SRV-{role}-{n:02d}"])
    plan: list[tuple[str, str, Shape]] = [
        ("dc", "DC", "beat"),
        ("app", "APP", "beat"),
        ("files", "FS", "table"),
        ("sql", "SQL", "table"),
        ("backup", "BKP", "table"),
        ("scanner", "SCAN", "syslog3164"),
        ("web", "WEB", "syslog3164"),
        ("jump", "JMP", "syslog3164"),
        ("data", "DB", "syslog5424"),
    ]
    hosts = {}
    for number, (key, role, shape) in enumerate(plan):
        name = style.format(role=role, n=rng.randrange(1, 5), net=netbios[:3])
        name = name.lower() if shape.startswith("syslog") else name
        address = f"{base}.{third}.{10 + number * 3}"
        hosts[key] = _host(rng, name, (domain, netbios), address, role=key, shape=shape)
    return hosts
