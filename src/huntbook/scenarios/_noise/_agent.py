"""The management agent on every machine: the most common ordinary thing that looks like an intruder.

It reports to its maker at regular intervals, as a beacon does, and it runs its scripts as encoded PowerShell.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from huntbook.scenarios import _windows, _windows_accounts, _zeek
from huntbook.scenarios._clock import MINUTE, between, pick
from huntbook.scenarios._company import SYSTEM, guid
from huntbook.scenarios._logs import HOLES
from huntbook.scenarios._stencil import hole
from huntbook.scenarios._windows import Connection
from huntbook.scenarios._zeek import Flow, Volume

if TYPE_CHECKING:
    from huntbook.scenarios._company import Host
    from huntbook.scenarios._machine import Machine
    from huntbook.scenarios._noise._source import Noise

POWERSHELL = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
SCRIPTS = (
    "Get-CimInstance -ClassName Win32_LogicalDisk | Select-Object DeviceID, FreeSpace, Size | ConvertTo-Json",
    "Get-HotFix | Sort-Object InstalledOn -Descending | Select-Object -First 5 HotFixID, InstalledOn | ConvertTo-Json",
    "Get-Service | Where-Object Status -eq 'Stopped' | Where-Object StartType -eq 'Automatic' | ConvertTo-Json",
    "Get-MpComputerStatus | Select-Object AntivirusEnabled, AntivirusSignatureLastUpdated | ConvertTo-Json",
)


def encoded(script: str) -> str:
    """Encode a script as PowerShell's -EncodedCommand wants it: base64 of UTF-16."""
    return base64.b64encode(script.encode("utf-16-le")).decode()


class Agent:
    """The agent's doings, logged through the noise that owns it."""

    def __init__(self, noise: Noise) -> None:
        self._noise = noise

    def beat(self, client: Host, machine: Machine, start: int, end: int, rate: float) -> None:
        """Report to the maker: every hour at size 1, every five minutes at most."""
        period = min(max(5, round(60 / rate)), 360) * MINUTE
        offset = int(machine.host.mark, 16) % period
        for tick in range(start - start % period + offset - period, end, period):
            if tick >= start:
                self._report(client, machine, tick)

    def _report(self, client: Host, machine: Machine, moment: int) -> None:
        noise, rng = self._noise, self._noise.rng
        name = noise.company.telemetry_site
        flow = Flow(_zeek.uid(rng), client.address, _zeek.dynamic_port(rng), noise.company.sites[name], 443)
        key = ("beat", client.name)
        if key not in noise.moulds:
            connection = Connection(client.address, hole("port"), flow.target, "443", name)
            records = _windows.connected(machine.lasting["agent"], connection, HOLES)
            noise.moulds[key] = (noise.logs.mould(client, records),)
        values = {"port": str(flow.source_port)}
        noise.moulds[key][0].pour(moment, values)
        volume = Volume(0.8, between(rng, 1800, 2400), between(rng, 700, 900))
        noise.logs.zeek("conn", moment, _zeek.conn(moment, flow, volume, service="ssl"))
        noise.logs.zeek("ssl", moment, _zeek.ssl(moment, flow, name))

    def script(self, machine: Machine, moment: int) -> None:
        """Run one of its scripts."""
        noise, host = self._noise, machine.host
        script = pick(noise.rng, SCRIPTS)
        command = f'"{POWERSHELL}" -NoProfile -NonInteractive -EncodedCommand {encoded(script)}'
        owner = (SYSTEM, "0x3e7", "System")
        process = noise.run(machine, moment, (POWERSHELL, command), machine.lasting["agent"], owner)
        key = ("script", host.name, script)
        if key not in noise.moulds:
            block = _windows_accounts.script_block(script, hole("block"))
            pipeline = _windows_accounts.pipeline(process, host, script.partition(" ")[0], "")
            noise.moulds[key] = (noise.logs.mould(host, [block, pipeline]),)
        noise.moulds[key][0].pour(moment + 700, {"block": guid(noise.rng)})
