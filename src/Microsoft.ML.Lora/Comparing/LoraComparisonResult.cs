using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Comparing;

namespace Microsoft.ML.Lora;

/// <summary>What a <see cref="LoraComparison"/> came to, and its reports.</summary>
public sealed class LoraComparisonResult
{
    /// <param name="title">The headline.</param>
    /// <param name="data">What the data is.</param>
    /// <param name="recipe">How was trained.</param>
    /// <param name="runs">All trainings; at least one. Methods are reported in the order in which they occur first.</param>
    public LoraComparisonResult(string title, string data, string recipe, IReadOnlyList<LoraComparisonRun> runs)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 0)
            throw new ArgumentException("There is no training to report.", nameof(runs));
        Title = title;
        Data = data;
        Recipe = recipe;
        Runs = [.. runs];
        Rows = [.. runs.GroupBy(run => run.Method).Select(method => new LoraComparisonRow(method.Key, [.. method]))];
    }

    /// <summary>The headline.</summary>
    public string Title { get; }

    /// <summary>What the data is.</summary>
    public string Data { get; }

    /// <summary>How was trained.</summary>
    public string Recipe { get; }

    /// <summary>All trainings.</summary>
    public IReadOnlyList<LoraComparisonRun> Runs { get; }

    /// <summary>The methods, with their means over the seeds.</summary>
    public IReadOnlyList<LoraComparisonRow> Rows { get; }

    /// <summary>Puts results of the same data and recipe together, as when each method ran in a process of its own.</summary>
    /// <param name="parts">One or more; headline, data and recipe are the first one's.</param>
    public static LoraComparisonResult Combine(IEnumerable<LoraComparisonResult> parts)
    {
        LoraComparisonResult[] all = [.. parts];
        if (all.Length == 0)
            throw new ArgumentException("There is nothing to put together.", nameof(parts));
        return new LoraComparisonResult(all[0].Title, all[0].Data, all[0].Recipe, [.. all.SelectMany(part => part.Runs)]);
    }

    /// <summary>The table as Markdown, which a console shows well too.</summary>
    public string ToMarkdown() => ComparisonTable.Markdown(Rows);

    /// <summary>All charts as one SVG picture, without scripts or outside files; dark where the viewer is.</summary>
    public string ToSvg() => ComparisonCharts.Overview(this);

    /// <summary>One page with summary, table and charts, without scripts or outside files; dark where the viewer is.</summary>
    /// <param name="remarks">Lines for the end of the page, such as the machine; may be null.</param>
    public string ToHtml(string? remarks = null) => HtmlReport.Create(this, remarks);

    /// <summary>Writes <see cref="ToHtml"/>; the file is either the old one or the complete new one.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="remarks">Lines for the end of the page; may be null.</param>
    public void SaveHtml(string path, string? remarks = null) => Save(path, ToHtml(remarks));

    /// <summary>Writes <see cref="ToSvg"/>; the file is either the old one or the complete new one.</summary>
    /// <param name="path">Where to.</param>
    public void SaveSvg(string path) => Save(path, ToSvg());

    private static void Save(string path, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
    }
}
