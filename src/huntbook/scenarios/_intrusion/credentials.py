"""Credential theft on the client: the memory of lsass.exe, by one of several ways, or the hives of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.scenarios import _windows
from huntbook.scenarios._clock import HOUR, MINUTE, Moment
from huntbook.scenarios._intrusion.foothold import CMD

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from huntbook.scenarios._intrusion._story import Story
    from huntbook.scenarios._windows import Process

_SYSTEM = "C:\\Windows\\System32\\"
_FOLDERS = ("C:\\Windows\\Temp", "C:\\ProgramData", "C:\\Users\\Public", "C:\\PerfLogs")
_NTDLL = "C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e"


def steal_credentials(story: Story) -> None:
    """Take the credentials of an administrator who has been on this client, later on the first day."""
    rng, day = story.stream("credentials"), story.days[0]
    earliest = int(story.facts[-1].time.timestamp() * 1000) + 20 * MINUTE
    moment = min(earliest + rng.randrange(2 * HOUR), day.end - 30 * MINUTE)
    ways: list[Callable[[Story, Random, int, Process], None]] = [_comsvcs, _procdump, _read_memory]
    rng.choice(ways)(story, rng, moment, story.implants[0].process)
    if rng.random() < 0.35:
        _save_hives(story, rng, moment + 9 * MINUTE, story.implants[0].process)


def _file(rng: Random, kind: str) -> str:
    return f"{rng.choice(_FOLDERS)}\\{rng.choice(['debug', 'mem', 'core', 'out', 'lsa', 'diag'])}{rng.randrange(100)}.{kind}"


def _comsvcs(story: Story, rng: Random, moment: int, implant: Process) -> None:
    target, lsass = _file(rng, rng.choice(["dmp", "bin", "log"])), story.machine.lasting["lsass"]
    call = rng.choice(["MiniDump", "#24", "#+000024"])
    line = f"rundll32.exe C:\\Windows\\System32\\comsvcs.dll, {call} {lsass.pid} {target} full"
    shell = story.spawn(story.machine, moment - 400, (CMD, f"cmd.exe /c {line}"), implant)
    process = story.spawn(story.machine, moment, (f"{_SYSTEM}rundll32.exe", line), shell, seconds=6)
    trace = f"{_NTDLL}|C:\\Windows\\System32\\comsvcs.dll+1f3b5|C:\\Windows\\System32\\rundll32.exe+3c2f"
    _dump(story, moment, process, (target, "0x1fffff", trace))


def _procdump(story: Story, rng: Random, moment: int, implant: Process) -> None:
    target = _file(rng, "dmp")
    name = rng.choice(["procdump64.exe", "pd.exe", "dumpdiag.exe", "sqldmp.exe"])
    tool = f"{rng.choice(_FOLDERS)}\\{name}"
    story.logs.windows(story.client, moment - 9000, _windows.file_created(implant, tool, Moment.at(moment - 9000)))
    victim = rng.choice(["lsass.exe", story.machine.lasting["lsass"].pid])
    line = f"{tool} -accepteula -ma {victim} {target}"
    process = story.spawn(story.machine, moment, (tool, line), implant, seconds=7, original_name="procdump")
    _dump(
        story, moment, process, (target, "0x1fffff", f"{_NTDLL}|C:\\Windows\\System32\\dbgcore.DLL+6f3e|{tool}+1a2b0")
    )


def _dump(story: Story, moment: int, process: Process, how: tuple[str, str, str]) -> None:
    """Log the access to lsass.exe and the file that comes of it."""
    target, access, trace = how
    lsass = story.machine.lasting["lsass"]
    story.logs.windows(
        story.client, moment + 300, _windows.process_opened(process, lsass, access, trace, Moment.at(moment + 300))
    )
    story.logs.windows(story.client, moment + 500, _windows.file_created(process, target, Moment.at(moment + 500)))
    story.plant("credential access", "T1003.001", moment, story.on_client,
                note=f"The memory of lsass.exe was written to {target}.", process=process,
                indicators=[target])  # fmt: skip


def _read_memory(story: Story, rng: Random, moment: int, implant: Process) -> None:
    """Read the memory from the attacker's program itself: code that belongs to no file calls."""
    lsass = story.machine.lasting["lsass"]
    access = rng.choice(["0x1010", "0x1410", "0x143a", "0x1438"])
    trace = f"{_NTDLL}|UNKNOWN({rng.getrandbits(44):016X})"
    for number in range(rng.randrange(1, 4)):
        later = moment + number * 1300
        story.logs.windows(
            story.client, later, _windows.process_opened(implant, lsass, access, trace, Moment.at(later))
        )
    story.plant("credential access", "T1003.001", moment, story.on_client,
                note=f"The attacker's program read the memory of lsass.exe ({access}).",
                process=implant, indicators=[access])  # fmt: skip


def _save_hives(story: Story, rng: Random, moment: int, implant: Process) -> None:
    folder = rng.choice(_FOLDERS)
    for number, hive in enumerate(("SAM", "SYSTEM")):
        line = f"reg save HKLM\\{hive} {folder}\\{hive.lower()}.hiv /y"
        begun = moment + number * 2100
        process = story.spawn(story.machine, begun, (f"{_SYSTEM}reg.exe", line), implant)
        if hive == "SAM":
            story.plant("credential access", "T1003.002", begun, story.on_client,
                        note="The hives of the local accounts were saved.",
                        process=process, indicators=[f"{folder}\\sam.hiv"])  # fmt: skip
