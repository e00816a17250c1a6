using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Lora.Tests.Estimators;

namespace Microsoft.ML.Lora.Tests.Killing;

/// <summary>
/// The process that is killed: trains a tiny classifier with a checkpoint after each step, saves it as a zip and prints a hash of what is in
/// it. It says on its standard output which phase it is in.
/// </summary>
internal static class KillChild
{
    /// <summary>What starts it: <c>kill-child FOLDER BASE [PHASE OCCURRENCE HOLD]</c>.</summary>
    public const string Role = "kill-child";

    public const string Reached = "reached";

    public const string Done = "done ";

    /// <summary>The saved model of a folder.</summary>
    public static string ZipPath(string folder) => Path.Combine(folder, "model.zip");

    /// <summary>Where the checkpoints of a folder are.</summary>
    public static string CheckpointPath(string folder) => Path.Combine(folder, "checkpoints");

    /// <summary>Trains, saves, prints the hash.</summary>
    public static void Run(string[] args)
    {
        (string folder, string baseFolder) = (args[0], args[1]);
        (string phase, int left, bool hold) = args.Length > 2 ? (args[2], int.Parse(args[3], CultureInfo.InvariantCulture), args[4] == "hold") : ("", 0, false);
        TextWriter output = Console.Out;
        using var listener = new PhaseListener(entered =>
        {
            output.WriteLine(entered);
            if (entered != phase || left-- > 0)
                return;
            output.WriteLine(Reached);
            if (hold)
                Thread.Sleep(Timeout.Infinite); // killed here and nowhere else
        });

        var ml = new MLContext(1);
        var options = new LoraTextClassificationTrainer.Options
        {
            Sentence1ColumnName = "Text",
            BaseModel = BaseModel.FromDirectory(baseFolder),
            Lora = new LoraOptions { Rank = 4, Alpha = 8 },
            Training = new TrainingOptions
            {
                BatchSize = 16,
                MaxEpochs = 4,
                LearningRate = 1e-2,
                ComputeType = ComputeType.Float32,
                ValidationFraction = 0.25,
                EvaluateEverySteps = 2,
                CheckpointDirectory = CheckpointPath(folder),
                CheckpointEverySteps = 1,
            },
        };
        ITransformer model = TinyPipeline.Create(ml, options).Fit(ml.Data.LoadFromEnumerable(Messages.Make(96)));
        ml.Model.SaveAtomic(model, null, ZipPath(folder));
        output.WriteLine(Done + Hash(ZipPath(folder)));
    }

    /// <summary>A hash of all entries of a zip; reading them checks their sums.</summary>
    public static string Hash(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using ZipArchive zip = ZipFile.OpenRead(path);
        foreach (ZipArchiveEntry entry in zip.Entries.OrderBy(e => e.FullName, StringComparer.Ordinal))
        {
            using var content = new MemoryStream();
            using (Stream stream = entry.Open())
                stream.CopyTo(content);
            hash.AppendData(Encoding.UTF8.GetBytes(entry.FullName));
            hash.AppendData(content.ToArray());
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
