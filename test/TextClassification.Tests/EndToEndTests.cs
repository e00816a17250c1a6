using System.Text;

namespace TextClassification.Tests;

/// <summary>Short runs on the embedded base model, a second process included.</summary>
[TestClass]
public sealed class EndToEndTests
{
    private readonly TemporaryFolder _folder = new();

    public TestContext TestContext { get; set; } = null!;

    [TestCleanup]
    public void Cleanup() => _folder.Dispose();

    [TestMethod]
    public async Task Trains_on_a_csv_file_and_predicts_the_same_in_a_second_process()
    {
        string data = _folder.Write("tickets.csv", SmallTable(','));
        string zip = _folder.File("tickets.zip");

        ProgramRun run = await ProgramRun.StartAsync(
            ["--data", data, "--text-column", "said", "--label-column", "about", "--epochs", "3", "--rank", "4", "--save", zip],
            TestContext.CancellationToken);

        Assert.AreEqual(ExitCode.Success, run.ExitCode, run.Error + run.Output);
        Assert.IsTrue(File.Exists(zip));
        string[] expected =
        [
            "LoRA, rank 4  epoch 3/3", "val ", "rows/s", "ETA", "frozen base, head only", "accuracy", "macro F1", "Confusion matrix", "Predictions",
            "KiB", "second process", "the same to the last bit",
        ];
        foreach (string words in expected)
            StringAssert.Contains(run.Output, words);

        ProgramRun predict = await ProgramRun.StartAsync(["predict", "--model", zip, "my parcel is late"], TestContext.CancellationToken);
        Assert.AreEqual(ExitCode.Success, predict.ExitCode, predict.Error);
        StringAssert.Contains(predict.Output, "my parcel is late");
        StringAssert.Contains(predict.Output, "%");
    }

    [TestMethod]
    public async Task The_same_seed_gives_the_same_scores()
    {
        string data = _folder.Write("tickets.tsv", SmallTable('\t'));
        var scores = new List<string>();
        foreach (string name in new[] { "a.zip", "b.zip" })
        {
            ProgramRun run = await ProgramRun.StartAsync(
                ["--data", data, "--text-column", "2", "--label-column", "1", "--epochs", "1", "--seed", "7", "--save", _folder.File(name)], TestContext.CancellationToken);
            Assert.AreEqual(ExitCode.Success, run.ExitCode, run.Error);
            scores.Add((await ProgramRun.StartAsync(["predict", "--model", _folder.File(name), "--json", "money back"], TestContext.CancellationToken)).Output);
        }

        StringAssert.Contains(scores[0], "\"score\":");
        Assert.AreEqual(scores[0], scores[1]);
    }

    [TestMethod]
    public async Task Cancelling_ends_with_130_and_leaves_no_model()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        ProgramRun run = await ProgramRun.StartAsync(["--epochs", "1000", "--save", _folder.File("m.zip")], source.Token);

        Assert.AreEqual(ExitCode.Cancelled, run.ExitCode, run.Error);
        StringAssert.Contains(run.Error, "Cancelled.");
        Assert.IsEmpty(Directory.GetFiles(_folder.Path));
    }

    [TestMethod]
    public async Task One_label_only_is_refused()
    {
        string data = _folder.Write("one.tsv", "label\ttext\n" + string.Concat(Enumerable.Range(1, 30).Select(i => $"same\tmessage number {i}\n")));

        ProgramRun run = await ProgramRun.StartAsync(["--data", data, "--save", _folder.File("m.zip")], TestContext.CancellationToken);

        Assert.AreEqual(ExitCode.Failure, run.ExitCode, run.Output);
        StringAssert.Contains(run.Error, "class");
        Assert.IsFalse(run.Error.Contains("   at ", StringComparison.Ordinal), "a message, not a stack trace");
    }

    [TestMethod]
    public async Task A_folder_that_is_no_model_is_refused()
    {
        ProgramRun run = await ProgramRun.StartAsync(["--base-model", _folder.Path, "--epochs", "1", "--save", _folder.File("m.zip")], TestContext.CancellationToken);

        Assert.AreEqual(ExitCode.Failure, run.ExitCode, run.Output);
        StringAssert.Contains(run.Error, "config.json");
        StringAssert.Contains(run.Error, _folder.Path);
    }

    [TestMethod]
    public async Task A_file_that_is_no_model_is_refused()
    {
        string zip = _folder.Write("notes.zip", "shopping list");

        ProgramRun run = await ProgramRun.StartAsync(["predict", "--model", zip, "hello"], TestContext.CancellationToken);

        Assert.AreEqual(ExitCode.Failure, run.ExitCode);
        StringAssert.StartsWith(run.Error, "error: ");
    }

    internal static string SmallTable(char separator)
    {
        string[] parcels = ["where is my parcel", "the package is late", "my delivery never came", "courier did not ring", "still waiting for the box"];
        string[] money = ["i want my money back", "refund has not arrived", "you charged me twice", "when do you pay me back", "wrong amount on my card"];
        string[] logins = ["cannot log in", "forgot my password", "account is locked", "the code does not work", "reset mail never came through"];
        string[] endings = ["", " please help", ", any news?", " - third time i ask", ". thank you"];
        var text = new StringBuilder().Append("about").Append(separator).Append("said\n");
        foreach (string ending in endings)
        {
            for (int i = 0; i < parcels.Length; i++)
            {
                foreach ((string label, string message) in new[] { ("parcel", parcels[i]), ("money", money[i]), ("login", logins[i]) })
                    text.Append(label).Append(separator).Append(separator == ',' ? $"\"{message}{ending}\"" : message + ending).Append('\n');
            }
        }

        return text.ToString();
    }
}
