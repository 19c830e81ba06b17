"""Discovery: the attacker asks the client who it is, who is who, and what else there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.scenarios._clock import MINUTE, SECOND
from huntbook.scenarios._intrusion.foothold import CMD

if TYPE_CHECKING:
    from huntbook.scenarios._intrusion._story import Story

_COMMANDS = (
    ("T1033", "whoami.exe", "whoami /all"),
    ("T1087.002", "net.exe", "net user /domain"),
    ("T1069.002", "net.exe", 'net group "Domain Admins" /domain'),
    ("T1482", "nltest.exe", "nltest /domain_trusts /all_trusts"),
    ("T1018", "nltest.exe", "nltest /dclist:{domain}"),
    ("T1082", "systeminfo.exe", "systeminfo"),
    ("T1016", "ipconfig.exe", "ipconfig /all"),
    ("T1018", "net.exe", "net view /all /domain"),
    ("T1069.001", "net.exe", "net localgroup administrators"),
    ("T1057", "tasklist.exe", "tasklist /v"),
    ("T1049", "netstat.exe", "netstat -ano"),
    ("T1033", "quser.exe", "quser"),
    ("T1018", "arp.exe", "arp -a"),
)
_ALWAYS = ("whoami /all", 'net group "Domain Admins" /domain', "nltest /domain_trusts /all_trusts", "systeminfo")


def look_around(story: Story) -> None:
    """Run six to ten commands within a quarter of an hour, each from a shell of the attacker's program."""
    rng, machine = story.stream("discovery"), story.machine
    implant = story.implants[0]
    moment = int(story.facts[0].time.timestamp() * 1000) + rng.randrange(25, 60) * MINUTE
    rest = [command for command in _COMMANDS if command[2] not in _ALWAYS]
    chosen = [command for command in _COMMANDS if command[2] in _ALWAYS] + rng.sample(rest, rng.randrange(2, 7))
    rng.shuffle(chosen)
    direct = rng.random() < 0.3
    for technique, image, text in chosen:
        line = text.format(domain=story.company.domain)
        parent = (
            implant.process
            if direct
            else story.spawn(machine, moment - 200, (CMD, f"cmd.exe /C {line}"), implant.process)
        )
        process = story.spawn(machine, moment, (f"C:\\Windows\\System32\\{image}", line), parent, seconds=1.5)
        story.plant("discovery", technique, moment, story.on_client,
                    note=f"The attacker ran {line}.", process=process)  # fmt: skip
        moment += rng.randrange(8, 80) * SECOND
