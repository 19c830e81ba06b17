"""Staying: what starts the attacker's program again on the following days."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.scenarios import _windows, _windows_accounts
from huntbook.scenarios._clock import MINUTE, SECOND, Moment
from huntbook.scenarios._intrusion._story import Place
from huntbook.scenarios._intrusion.foothold import CMD, start_implant

if TYPE_CHECKING:
    from random import Random

    from huntbook.scenarios._intrusion._story import Story
    from huntbook.scenarios._machine import Workday
    from huntbook.scenarios._windows import Process

_SYSTEM = "C:\\Windows\\System32\\"
_NAMES = ("OneDriveSync", "AdobeUpdateCheck", "PrintSpoolFix", "GraphicsHelper", "NetworkRepair", "EdgeCacheTask")


def stay(story: Story) -> None:
    """Make the program come back, in one of two ways, and let it come back on the next two days."""
    rng = story.stream("persistence")
    implant = story.implants[0].process
    moment = implant_start(story) + rng.randrange(4, 12) * MINUTE
    name = rng.choice(_NAMES)
    by_task = rng.random() < 0.5
    (_task if by_task else _run_key)(story, rng, moment, name)
    if rng.random() < 0.6:
        _exclude(story, moment + 2 * MINUTE, implant)
    for later in story.days[1:]:
        parent = _task_runner(story, later) if by_task else later.shell
        start_implant(story, later.start + rng.randrange(20, 90) * SECOND, parent, later)


def implant_start(story: Story) -> int:
    """Return when the program first ran."""
    return int(story.facts[-1].time.timestamp() * 1000)


def _task_runner(story: Story, day: Workday) -> Process:
    """Return the scheduler, which starts a task as the user who is logged on."""
    return replace(story.machine.lasting["schedule"], account=story.patient.account, logon=day.session.logon)


def _run_key(story: Story, rng: Random, moment: int, name: str) -> None:
    implant = story.implants[0].process
    value = story.launch[1]
    key = f"HKU\\{story.patient.account.sid}\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\{name}"
    writer = implant
    if rng.random() < 0.6:
        short = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run"
        line = f'reg add {short} /v {name} /t REG_SZ /d "{value.replace(chr(34), "")}" /f'
        writer = story.spawn(story.machine, moment - 300, (f"{_SYSTEM}reg.exe", line), implant)
    story.logs.windows(story.client, moment, _windows.registry_set(writer, key, value, Moment.at(moment)))
    story.plant("persistence", "T1547.001", moment, story.on_client,
                note=f"A run key {name} starts the program at logon.", process=writer,
                indicators=[key, story.payload])  # fmt: skip


def _task(story: Story, rng: Random, moment: int, name: str) -> None:
    implant = story.implants[0].process
    command = story.launch[1].replace('"', "")
    line = f'schtasks /create /tn "{name}" /tr "{command}" /sc {rng.choice(["onlogon", "minute /mo 30", "daily /st 09:05"])} /f'
    shell = story.spawn(story.machine, moment - 500, (CMD, f"cmd.exe /c {line}"), implant)
    process = story.spawn(story.machine, moment, (f"{_SYSTEM}schtasks.exe", line), shell)
    program, _, arguments = command.partition(" ")
    record = _windows_accounts.task_created(f"\\{name}", program, arguments, story.days[0].session)
    story.logs.windows(story.client, moment + 200, [record])
    story.plant("persistence", "T1053.005", moment, Place(story.client, story.patient.login, "Security"),
                note=f"A scheduled task {name} starts the program.", process=process,
                indicators=[name, story.payload])  # fmt: skip


def _exclude(story: Story, moment: int, implant: Process) -> None:
    """Tell the virus scanner to look away."""
    folder = story.payload.rpartition("\\")[0]
    line = f"powershell.exe -nop -c \"Add-MpPreference -ExclusionPath '{folder}'\""
    image = f"{_SYSTEM}WindowsPowerShell\\v1.0\\powershell.exe"
    process = story.spawn(story.machine, moment, (image, line), implant)
    story.plant("defense evasion", "T1562.001", moment, story.on_client,
                note="The folder of the program was excluded from scanning.",
                process=process, indicators=[folder])  # fmt: skip
