using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Lora;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace TextClassification;

/// <summary>Shows a training while it runs: a progress bar in a terminal, plain lines when the output goes to a file or a pipe.</summary>
internal sealed class TrainingDisplay(IAnsiConsole console)
{
    public T Run<T>(string title, Func<IProgress<TrainingProgress>, T> train)
    {
        if (!console.Profile.Out.IsTerminal || !console.Profile.Capabilities.Ansi)
            return train(new Lines(console, title));

        T? result = default;
        var details = new DetailsColumn();
        console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 16 }, details)
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title), autoStart: true, maxValue: 1);
                result = train(new Bar(task, details, title));
                task.Value = task.MaxValue;
            });
        return result!;
    }

    private static string Details(TrainingProgress p)
    {
        string validation = p.ValidationAccuracy is { } accuracy ? string.Create(CultureInfo.InvariantCulture, $"  val {accuracy:P1}") : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"loss {p.Loss:F3}  lr {p.LearningRate:0.0e-0}{validation}  {p.RowsPerSecond:F0} rows/s  ETA {p.Remaining:m\\:ss}");
    }

    private sealed class Bar(ProgressTask task, DetailsColumn details, string title) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress p)
        {
            task.MaxValue = p.TotalSteps;
            task.Value = p.Step;
            task.Description = Markup.Escape($"{title}  epoch {p.Epoch}/{p.MaxEpochs}");
            details.Text = Details(p);
        }
    }

    private sealed class DetailsColumn : ProgressColumn
    {
        public string Text { get; set; } = "";

        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(Text);
    }

    /// <summary>One line per evaluation, so per epoch, and one at least every ten seconds.</summary>
    private sealed class Lines(IAnsiConsole console, string title) : IProgress<TrainingProgress>
    {
        private static readonly TimeSpan _longestSilence = TimeSpan.FromSeconds(10);
        private readonly Stopwatch _sinceLine = Stopwatch.StartNew();
        private long _lastStep;

        public void Report(TrainingProgress p)
        {
            if (_lastStep == 0 && p.Step > 1)
                console.Profile.Out.Writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title}  going on from the checkpoint after step {p.Step - 1}"));

            // A second report of the same step comes after an evaluation.
            if (p.Step == _lastStep || _sinceLine.Elapsed > _longestSilence)
            {
                string where = string.Create(CultureInfo.InvariantCulture, $"{title}  epoch {p.Epoch}/{p.MaxEpochs}  step {p.Step}/{p.TotalSteps}");
                console.Profile.Out.Writer.WriteLine($"{where}  {Details(p)}");
                _sinceLine.Restart();
            }

            _lastStep = p.Step;
        }
    }
}
