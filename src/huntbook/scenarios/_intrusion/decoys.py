"""Decoys: the ordinary work of a week that a careless detection would take for an attack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.scenarios import _cloud, _windows, _windows_accounts
from huntbook.scenarios._clock import HOUR, MINUTE, Moment
from huntbook.scenarios._cloud import Audit, SignIn
from huntbook.scenarios._company import guid
from huntbook.scenarios._intrusion.foothold import POWERSHELL

if TYPE_CHECKING:
    from huntbook.scenarios._intrusion._story import Story

_SYSTEM = "C:\\Windows\\System32\\"


def set_decoys(story: Story) -> None:
    """Set all decoys."""
    _agent(story)
    for decoy in (_admin_looks, _debugger, _installer, _new_colleague, _traveller, _newsletter, _rotation):
        decoy(story)


def _agent(story: Story) -> None:
    product, files = story.company.agent_product, ["windows/clients.jsonl"]
    story.decoy("T1059.001", None, "*", "SYSTEM", files, match="-NonInteractive -EncodedCommand",
                note=f"{product} runs its inventory as encoded PowerShell on every client.")  # fmt: skip
    story.decoy("T1071.001", None, "*", "SYSTEM", ["zeek/conn.log.gz", *files], match=story.company.telemetry_site,
                note=f"{product} reports from every client at fixed intervals.")  # fmt: skip
    backup = story.company.servers["backup"]
    story.decoy("T1567.002", None, backup.name, story.company.service["backup"].name, ["zeek/conn.log.gz", "zeek/ssl.log"],
                match=story.company.backup_site, note="The backup sends gigabytes to its vault every night.")  # fmt: skip
    scanner = story.company.servers["scanner"]
    story.decoy("T1046", None, scanner.name, story.company.service["scan"].name, ["zeek/conn.log.gz"],
                match=scanner.address, note="The company's own scanner knocks at every port, and fails to log on.")  # fmt: skip


def _admin_looks(story: Story) -> None:
    """The administrator asks who is in which group, now and then, from a shell of his own."""
    rng, person = story.stream("decoy admin"), story.company.admin
    client = story.company.client_of(person)
    machine = story.world.machine(client)
    for day in story.world.span.working_days():
        work = machine.workday(person, day)
        if work is None:
            continue
        moment = work.start + rng.randrange(HOUR, 6 * HOUR)
        shell = story.spawn(
            machine, moment, (POWERSHELL, f'"{POWERSHELL}"'), work.shell, seconds=1800, integrity="High"
        )
        line = rng.choice(
            ["net user /domain", "whoami /groups", "nltest /dsgetdc:" + story.company.domain, "ipconfig /all"]
        )
        image = f"{_SYSTEM}{line.partition(' ')[0]}.exe"
        story.spawn(machine, moment + 5 * MINUTE, (image, line), shell)
        text = f"Get-ADUser -Filter * -SearchBase 'OU={rng.choice(['Sales', 'Legal'])}' | Measure-Object"
        story.logs.windows(client, moment + MINUTE, [_windows_accounts.script_block(text, guid(rng))])
        story.decoy("T1087.002", moment, client.name, person.login, story.files(client), match=line,
                    note="The administrator looks something up.")  # fmt: skip


def _debugger(story: Story) -> None:
    """A developer dumps a hanging program of his own."""
    rng, person = story.stream("decoy dump"), story.company.people[1]
    client = story.company.client_of(person)
    machine = story.world.machine(client)
    work = machine.workday(person, story.world.span.working_days()[2], always=True)
    if work is None:
        return
    moment = work.start + rng.randrange(HOUR, 6 * HOUR)
    line = "procdump64.exe -accepteula -ma reportviewer.exe C:\\Dumps\\reportviewer.dmp"
    process = story.spawn(
        machine, moment, ("C:\\Tools\\Sysinternals\\procdump64.exe", line), work.shell, original_name="procdump"
    )
    story.logs.windows(
        client, moment + 800, _windows.file_created(process, "C:\\Dumps\\reportviewer.dmp", Moment.at(moment + 800))
    )
    story.decoy("T1003.001", moment, client.name, person.login, story.files(client), match="reportviewer",
                note="A developer dumps a hanging program, not lsass.exe.")  # fmt: skip


def _installer(story: Story) -> None:
    """The agent is updated on some clients: a service, a task and a run key, all of it in Program Files."""
    rng, product = story.stream("decoy installer"), story.company.agent_product
    folder = f"C:\\Program Files\\{product}\\Agent"
    day = story.world.span.working_days()[1]
    for client in rng.sample(story.company.clients[:14], 5):
        machine = story.world.machine(client)
        moment = day + 12 * HOUR + rng.randrange(2 * HOUR)
        session = _windows.Session(_windows.machine_subject(client), "0x3e7", "5")
        agent = machine.lasting["agent"]
        line = f'msiexec.exe /i "C:\\Windows\\Installer\\{product}Agent.msi" /qn'
        process = story.spawn(machine, moment, (f"{_SYSTEM}msiexec.exe", line), agent, seconds=60)
        key = f"HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\{product}Tray"
        value = f'"{folder}\\{product}Tray.exe" --quiet'
        story.logs.windows(client, moment + 9000, [
            *_windows_accounts.service_installed(f"{product} Update Service", f'"{folder}\\{product}Update.exe" --service', session, start="auto start"),
            _windows_accounts.task_created(f"\\{product}\\Update", f"{folder}\\{product}Update.exe", "--check", session),
            *_windows.registry_set(process, key, value, Moment.at(moment + 9000)),
        ])  # fmt: skip
        for technique in ("T1543.003", "T1053.005", "T1547.001"):
            story.decoy(technique, moment, client.name, "SYSTEM", story.files(client), match=f"{product}\\",
                        note=f"{product} was updated by its own agent.")  # fmt: skip


def _new_colleague(story: Story) -> None:
    """The administrator makes an account for somebody who begins next month."""
    rng, person = story.stream("decoy account"), story.company.admin
    host = story.world.controller
    moment = story.world.span.working_days()[3] + 10 * HOUR + rng.randrange(4 * HOUR)
    session = story.world.network_logon(rng, moment, person.account, (story.company.client_of(person), host))
    name = f"new.starter{rng.randrange(10, 99)}"
    sid = person.account.sid.rpartition("-")[0] + "-4711"
    story.logs.windows(
        host, moment + MINUTE, [_windows_accounts.account_created(name, sid, story.company.netbios, session)]
    )
    story.decoy("T1136.002", moment, host.name, person.login, story.files(host), match=name,
                note="An account for a new colleague.")  # fmt: skip


def _traveller(story: Story) -> None:
    """Somebody signs in from a conference abroad, with the company's own device and the second factor."""
    rng, person = story.stream("decoy travel"), story.company.people[13]
    address = story.company.pool[4]
    day = story.world.span.working_days()[rng.randrange(1, 4)]
    for number in range(4):
        event = SignIn(person, address, ("PT", "Porto"), identifier=guid(rng), code=50126 if number == 1 else 0)
        story.logs.sign_in(day + 8 * HOUR + number * 2 * HOUR + rng.randrange(HOUR), event)
    story.decoy("T1078.004", day + 8 * HOUR, "Azure AD", person.upn, ["azure/signins.json"], match=address,
                note="A business trip: an unusual country, a managed device, the second factor.")  # fmt: skip


def _newsletter(story: Story) -> None:
    """Somebody sorts newsletters into a folder."""
    rng, person = (
        story.stream("decoy rule"),
        story.company.people[3 if story.patient is not story.company.people[3] else 4],
    )
    moment = story.world.span.working_days()[1] + 11 * HOUR + rng.randrange(3 * HOUR)
    parameters = [{"Name": "From", "Value": "letter@morningledger.example"}, {"Name": "MoveToFolder", "Value": "Newsletters"},
                  {"Name": "Name", "Value": "Newsletters"}]  # fmt: skip
    event = Audit(
        "New-InboxRule",
        "Exchange",
        story.company.office_address,
        guid(rng),
        {"ObjectId": person.upn, "Parameters": parameters},
    )
    story.logs.office(moment, person, event)
    story.decoy("T1564.008", moment, "Office 365", person.upn, ["m365/audit.json"], match="Newsletters",
                note="A rule that moves newsletters to a folder.")  # fmt: skip


def _rotation(story: Story) -> None:
    """A role whose work it is makes new keys and deletes the old ones."""
    rng, company = story.stream("decoy keys"), story.company
    identity = _cloud.role(company, "key-rotation", "scheduled", "ASIAROTATION00000000")
    moment = story.world.span.working_days()[0] + 3 * HOUR
    for number, name in enumerate(("CreateAccessKey", "DeleteAccessKey")):
        call = _cloud.Call("iam", name, identity, "10.0.3.12", "Boto3/1.34.69 md/Botocore#1.34.69", guid(rng),
                           region="us-east-1", parameters={"userName": "report-reader"})  # fmt: skip
        story.logs.aws(moment + number * MINUTE, call)
    story.decoy("T1098.001", moment, "AWS", "key-rotation", [story.logs.trail_path("us-east-1", moment)], match="key-rotation",
                note="Keys are rotated by the role made for it.")  # fmt: skip
