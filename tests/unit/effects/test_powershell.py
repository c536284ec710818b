"""PowerShell is read cmdlet by cmdlet, and only what is read whole can look."""

import pytest

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.judge import judge
from tocsin.effects.powershell import read_powershell

VERDICTS = [
    ("Get-Service w3svc | Where-Object { $_.Status -eq 'Stopped' } | Format-Table Name", Effect.OBSERVE),
    ("Get-Process | Select-Object Name, @{n='MB';e={[math]::Round($_.WS/1MB,1)}}", Effect.OBSERVE),
    ("(Get-Service w3svc).Status", Effect.OBSERVE),
    ("Remove-Item C:\\x -WhatIf", Effect.OBSERVE),
    ("Set-Service x -StartupType Manual", Effect.CHANGE),
    ("Get-Process > C:\\x.txt", Effect.CHANGE),
    ("Get-Service x | Restart-Service", Effect.DISRUPT),
    ("Get-ChildItem | % { del $_ }", Effect.DESTROY),
    ("Invoke-Command -ComputerName web1 { Stop-Service x }", Effect.DISRUPT),
    ("Invoke-RestMethod -Method Delete http://h/users/1", Effect.DESTROY),
    ("(Get-Item x).Delete()", Effect.UNKNOWN),
    ("[IO.File]::Delete('x')", Effect.UNKNOWN),
    ("& 'x.exe'", Effect.UNKNOWN),
    ("function Get-X { Get-Date }; Get-X", Effect.UNKNOWN),
    ("Test-ComputerSecureChannel -Repair", Effect.UNKNOWN),
    ("Remove-ADUser bob -WhatIf:$false", Effect.DESTROY),
    ("Get-Process > C:\\x.txt; Remove-Item y", Effect.DESTROY),
    ("Get-Service -ComputerName <server>", Effect.OBSERVE),
    ("$x = 1..5", Effect.OBSERVE),
    ("100GB / 4", Effect.OBSERVE),
    ("$x = 7z x backup.7z -aoa", Effect.UNKNOWN),
    ("7z d backup.7z", Effect.UNKNOWN),
    ("1.ps1", Effect.UNKNOWN),
    ("Get-Service | ConvertTo-Json", Effect.OBSERVE),
    ("Resolve-DnsName shop.example", Effect.OBSERVE),
    ("ConvertTo-AzVMManagedDisk -ResourceGroupName x -VMName y", Effect.UNKNOWN),
    ("Get-SCOMAlert | Resolve-SCOMAlert", Effect.UNKNOWN),
    ("2-restore.ps1", Effect.UNKNOWN),
    ("Invoke-Sqlcmd -InputFile x.sql -Query 'SELECT 1'", Effect.UNKNOWN),
    ('Invoke-Sqlcmd -ServerInstance db-1 -Query "SELECT @@VERSION"', Effect.OBSERVE),
    ("Invoke-Sqlcmd -Query 'SELECT 1; DROP TABLE orders'", Effect.DESTROY),
    ("Invoke-Sqlcmd -InputFile C:\\fix.sql", Effect.UNKNOWN),
    ("Invoke-Sqlcmd -Query 'SELECT $(x)' -Variable 'x=1'", Effect.UNKNOWN),
    ("Invoke-Sqlcmd -Query \"SELECT '$x'\"", Effect.UNKNOWN),
]


@pytest.mark.parametrize(("text", "effect"), VERDICTS)
def test_the_verb_of_each_cmdlet_says_what_it_does(text: str, effect: Effect) -> None:
    assert read_powershell(text).effect is effect


@pytest.mark.parametrize(
    "text",
    [
        "Get-Process # don't\nRemove-Item x # it's",
        "Get-Process <# it's\n#> ; Remove-Item x # '",
        "Write-Output 'a\u2019; Remove-Item x #'",
        'Get-Service "$(Remove-Item x)"',
        "return Remove-Item x",
    ],
)
def test_quotes_and_comments_hide_no_command(text: str) -> None:
    assert read_powershell(text).effect is not Effect.OBSERVE


def test_what_another_machine_is_asked_is_remote_and_a_secret_is_sensitive() -> None:
    assert Flag.REMOTE in read_powershell("Get-Service x -ComputerName web1").flags
    assert Flag.SENSITIVE in read_powershell("Get-AzKeyVaultSecret -VaultName kv -Name db").flags


PROGRAMS = [
    ("net start", Effect.OBSERVE),
    ("net stop w3svc", Effect.DISRUPT),
    ("net config server", Effect.OBSERVE),
    ("net config server /autodisconnect:10", Effect.UNKNOWN),
    ("sc.exe query w3svc", Effect.OBSERVE),
    ("sc.exe delete w3svc", Effect.DESTROY),
    ("sc query w3svc", Effect.UNKNOWN),  # there it is Set-Content
    ("ipconfig /all", Effect.OBSERVE),
    ("ipconfig /release", Effect.DISRUPT),
    ("nltest /dsgetdc:corp.example", Effect.OBSERVE),
    ("nltest /sc_reset:corp.example", Effect.CHANGE),
    ("dcdiag /s:dc-1 /test:replications", Effect.OBSERVE),
    ("dcdiag /fix", Effect.CHANGE),
    ("dcdiag /mystery", Effect.UNKNOWN),
    ("repadmin /showrepl", Effect.OBSERVE),
    ("repadmin /removelingeringobjects dc-1 x y", Effect.DESTROY),
    ("wevtutil qe System /c:5", Effect.OBSERVE),
    ("wevtutil cl System", Effect.DESTROY),
    ("vssadmin delete shadows /all", Effect.DESTROY),
    ("taskkill /F /PID 42", Effect.DISRUPT),
    ("robocopy C:\\a D:\\b /L", Effect.OBSERVE),
    ("robocopy C:\\a D:\\b /L /LOG+:x", Effect.UNKNOWN),
    ("robocopy C:\\a D:\\b /MIR", Effect.DESTROY),
    ("klist", Effect.OBSERVE),
    ("klist purge", Effect.CHANGE),
    ("netsh interface show interface", Effect.OBSERVE),
    ("netsh add helper show", Effect.UNKNOWN),
    ("schtasks /run /tn nightly", Effect.UNKNOWN),
    ("az vm list `\n  --output table", Effect.OBSERVE),
    ("az vm list $(Remove-Item x)", Effect.UNKNOWN),
    ("kubectl get pods; Remove-Item x", Effect.DESTROY),
    ("kubectl get pods | iex", Effect.UNKNOWN),
]


@pytest.mark.parametrize(("text", "effect"), PROGRAMS)
def test_a_program_that_is_called_plainly_is_judged_by_its_table(text: str, effect: Effect) -> None:
    assert judge(text, "powershell").effect is effect
