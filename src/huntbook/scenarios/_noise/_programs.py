"""Programs that run on the machines of a company every day; `{home}` is the folder of whoever runs them."""

from __future__ import annotations

from typing import NamedTuple

_SYSTEM = "C:\\Windows\\System32\\"
_OFFICE = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
_CHROME = "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"
_TEAMS = "{home}\\AppData\\Local\\Microsoft\\Teams\\current\\Teams.exe"


class Program(NamedTuple):
    """A program with a command line, which process starts it, and how often compared to others."""

    image: str
    command: str
    parent: str
    weight: int


# Started by people; the parent is their shell unless a child of a program is meant.
USER = [
    Program(_OFFICE + "OUTLOOK.EXE", f'"{_OFFICE}OUTLOOK.EXE"', "shell", 6),
    Program(_OFFICE + "WINWORD.EXE", f'"{_OFFICE}WINWORD.EXE" /n "{{home}}\\Documents\\minutes.docx" /o ""', "shell", 5),
    Program(_OFFICE + "WINWORD.EXE", f'"{_OFFICE}WINWORD.EXE" /n "{{home}}\\Downloads\\offer.docx"', "outlook", 3),
    Program(_OFFICE + "EXCEL.EXE", f'"{_OFFICE}EXCEL.EXE" "{{home}}\\Documents\\forecast.xlsx"', "shell", 6),
    Program(_OFFICE + "EXCEL.EXE", f'"{_OFFICE}EXCEL.EXE" /dde', "shell", 2),
    Program("C:\\Windows\\splwow64.exe", "C:\\Windows\\splwow64.exe 12288", "excel", 3),
    Program(_OFFICE + "POWERPNT.EXE", f'"{_OFFICE}POWERPNT.EXE" "{{home}}\\Documents\\status.pptx"', "shell", 3),
    Program(_CHROME, f'"{_CHROME}" --profile-directory=Default', "shell", 9),
    Program(_CHROME, f'"{_CHROME}" --type=renderer --lang=en-GB --renderer-client-id=14 /prefetch:1', "chrome", 16),
    Program(_CHROME, f'"{_CHROME}" --type=utility --utility-sub-type=network.mojom.NetworkService', "chrome", 6),
    Program(_TEAMS, f'"{_TEAMS}" --process-start-args "--system-initiated"', "shell", 4),
    Program(_SYSTEM + "notepad.exe", f'"{_SYSTEM}notepad.exe" {{home}}\\Documents\\notes.txt', "shell", 3),
    Program(_SYSTEM + "SnippingTool.exe", f'"{_SYSTEM}SnippingTool.exe"', "shell", 2),
    Program(_SYSTEM + "mspaint.exe", f'"{_SYSTEM}mspaint.exe"', "shell", 1),
    Program(_SYSTEM + "cmd.exe", f'"{_SYSTEM}cmd.exe"', "shell", 1),
    Program("C:\\Program Files\\7-Zip\\7zFM.exe", '"C:\\Program Files\\7-Zip\\7zFM.exe" {home}\\Downloads\\photos.zip', "shell", 1),
    Program("C:\\Program Files\\7-Zip\\7z.exe", '"C:\\Program Files\\7-Zip\\7z.exe" a {home}\\Documents\\quarter.7z {home}\\Documents\\quarter', "shell", 1),
    Program(_SYSTEM + "RuntimeBroker.exe", f"{_SYSTEM}RuntimeBroker.exe -Embedding", "dcom", 8),
    Program(_SYSTEM + "backgroundTaskHost.exe", f'"{_SYSTEM}backgroundTaskHost.exe" -ServerName:BackgroundTaskHost', "dcom", 6),
    Program(_SYSTEM + "smartscreen.exe", f"{_SYSTEM}smartscreen.exe -Embedding", "dcom", 4),
    Program(_SYSTEM + "taskhostw.exe", "taskhostw.exe", "schedule", 5),
    Program(_SYSTEM + "rundll32.exe", f"{_SYSTEM}rundll32.exe shell32.dll,Control_RunDLL inetcpl.cpl", "shell", 1),
    Program(_SYSTEM + "OneDriveSetup.exe", f"{_SYSTEM}OneDriveSetup.exe /thfirstsetup", "shell", 1),
]  # fmt: skip

# Started by Windows and by what is installed, as SYSTEM, whether or not somebody is there.
MACHINE = [
    Program(_SYSTEM + "svchost.exe", f"{_SYSTEM}svchost.exe -k wsappx -p -s ClipSVC", "services", 6),
    Program(_SYSTEM + "svchost.exe", f"{_SYSTEM}svchost.exe -k netsvcs -p -s wuauserv", "services", 5),
    Program(_SYSTEM + "svchost.exe", f"{_SYSTEM}svchost.exe -k LocalService -p -s FontCache", "services", 4),
    Program(_SYSTEM + "sppsvc.exe", f"{_SYSTEM}sppsvc.exe", "services", 3),
    Program(_SYSTEM + "msiexec.exe", f"{_SYSTEM}msiexec.exe /V", "services", 1),
    Program("C:\\Windows\\servicing\\TrustedInstaller.exe", "C:\\Windows\\servicing\\TrustedInstaller.exe", "services", 2),
    Program(_SYSTEM + "taskhostw.exe", "taskhostw.exe -RegisterDevice -ProtectionStateChanged", "schedule", 3),
    Program(_SYSTEM + "MusNotification.exe", f"{_SYSTEM}MusNotification.exe Display", "schedule", 2),
    Program(_SYSTEM + "UsoClient.exe", f"{_SYSTEM}UsoClient.exe StartScan", "schedule", 2),
    Program(_SYSTEM + "dllhost.exe", f"{_SYSTEM}DllHost.exe /Processid:{{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}}", "dcom", 3),
    Program(_SYSTEM + "wbem\\WmiPrvSE.exe", f"{_SYSTEM}wbem\\wmiprvse.exe -secured -Embedding", "dcom", 4),
    Program(_SYSTEM + "conhost.exe", f"\\??\\{_SYSTEM}conhost.exe 0xffffffff -ForceV1", "agent", 2),
    Program(_SYSTEM + "cmd.exe", f"{_SYSTEM}cmd.exe /c ver", "agent", 1),
    Program(_SYSTEM + "systeminfo.exe", "systeminfo /fo csv", "agent", 1),
]  # fmt: skip

# The parents that are programs themselves: short name → image and command line.
PARENTS = {
    "outlook": (_OFFICE + "OUTLOOK.EXE", f'"{_OFFICE}OUTLOOK.EXE"'),
    "excel": (_OFFICE + "EXCEL.EXE", f'"{_OFFICE}EXCEL.EXE" /dde'),
    "chrome": (_CHROME, f'"{_CHROME}" --profile-directory=Default'),
}
CHROME = PARENTS["chrome"]
WORD = (_OFFICE + "WINWORD.EXE", f'"{_OFFICE}WINWORD.EXE" /n "{{home}}\\Documents\\minutes.docx" /o ""')
EXCEL = (_OFFICE + "EXCEL.EXE", f'"{_OFFICE}EXCEL.EXE" "{{home}}\\Documents\\forecast.xlsx"')
