# The one way in on Windows: .\build.ps1 run | test | bench | fuzz | pack. Needs a package feed that has Microsoft.ML and TorchSharp.
param([Parameter(Position = 0)][string] $Command = 'help', [Parameter(ValueFromRemainingArguments)][string[]] $Arguments = @())
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot
$bench = 'bench/Microsoft.ML.Lora.Benchmarks'
switch ($Command) {
    'run' { dotnet run -c Release --project samples/TextClassification -- @Arguments }
    'test' { dotnet test Lora.MLNet.sln -c Release @Arguments }
    'bench' { dotnet run -c Release --project $bench -- @Arguments }
    'fuzz' { dotnet run -c Release --project $bench -- fuzz @Arguments }
    'pack' { dotnet pack Lora.MLNet.sln -c Release -o artifacts/packages @Arguments }
    default { Write-Output 'usage: .\build.ps1 run | test | bench NAME | fuzz | pack'; exit 2 }
}
exit $LASTEXITCODE
