using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests;

/// <summary>
/// Counts what one walk over golden cases did: how many ran, which were left out and why, which failed.
/// <see cref="Finish"/> prints it with the root and fails on any failure and on an empty walk.
/// </summary>
internal sealed class GoldenRun(TestContext context, string what)
{
    private readonly List<string> _leftOut = [];
    private readonly List<string> _failures = [];
    private int _ran;

    /// <summary>Runs one case; an exception is recorded under the case's name and the walk goes on.</summary>
    public void Case(string name, Action body)
    {
        _ran++;
        try
        {
            body();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _failures.Add($"{name}: {(e is AssertFailedException ? e.Message : e.ToString())}");
        }
    }

    /// <summary>Records a case that is left out, with the reason.</summary>
    public void LeaveOut(string name, string why) => _leftOut.Add($"{name}: {why}");

    /// <summary>Prints the summary; fails where a case failed or none ran.</summary>
    public void Finish()
    {
        context.WriteLine($"{what}: root {GoldenFiles.Root}, {_ran} cases run, {_leftOut.Count} left out, {_failures.Count} failed");
        foreach (string line in _leftOut)
            context.WriteLine($"  left out: {line}");
        foreach (string line in _failures)
            context.WriteLine($"  FAILED: {line}");
        Assert.IsTrue(_ran > 0, $"{what}: no case found under '{GoldenFiles.Root}'.");
        Assert.IsEmpty(_failures, $"{what}: {_failures.Count} of {_ran} cases failed.{Environment.NewLine}{string.Join(Environment.NewLine, _failures.Take(20))}");
    }
}
