"""PowerShell is read cmdlet by cmdlet, and only what is read whole can look."""

import pytest

from tocsin.effects.effect import Effect, Flag
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
