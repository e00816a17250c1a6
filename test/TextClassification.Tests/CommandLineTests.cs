namespace TextClassification.Tests;

[TestClass]
public sealed class CommandLineTests
{
    [TestMethod]
    [DataRow("--epochs|0", "--epochs is '0'; it must be a whole number of at least 1.")]
    [DataRow("--epochs|many", "--epochs is 'many'; it must be a whole number of at least 1.")]
    [DataRow("--rank|0", "--rank is '0'; it must be a whole number of at least 1.")]
    [DataRow("--rank|-3", "--rank is '-3'; it must be a whole number of at least 1.")]
    [DataRow("--learning-rate|0", "--learning-rate is '0'; it must be a number above 0.")]
    [DataRow("--learning-rate|NaN", "--learning-rate is 'NaN'; it must be a number above 0.")]
    [DataRow("--seed|1.5", "--seed is '1.5'; it must be a whole number.")]
    [DataRow("--data|nowhere.tsv", "--data: there is no file 'nowhere.tsv'.")]
    [DataRow("--test|nowhere.tsv", "--test: there is no file 'nowhere.tsv'.")]
    [DataRow("--base-model|nowhere", "--base-model: there is no folder 'nowhere'.")]
    [DataRow("--text-column|Message", "name it with --data")]
    [DataRow("--no-header", "--no-header needs --text-column and --label-column")]
    [DataRow("--speed|9", "--speed")]
    [DataRow("predict|--model|nowhere.zip|hello", "--model: there is no file 'nowhere.zip'.")]
    public async Task Wrong_usage_is_explained_with_exit_code_2(string arguments, string expected)
    {
        ProgramRun run = await ProgramRun.StartAsync(arguments.Split('|'));

        Assert.AreEqual(ExitCode.Usage, run.ExitCode, run.Error);
        StringAssert.Contains(run.Error, expected);
        StringAssert.Contains(run.Error, "--help");
        Assert.AreEqual("", run.Output);
    }

    [TestMethod]
    public async Task Every_problem_is_reported_at_once()
    {
        ProgramRun run = await ProgramRun.StartAsync(["--epochs", "0", "--rank", "0", "--data", "nowhere.tsv"]);

        Assert.AreEqual(3, run.Error.Split('\n').Count(line => line.StartsWith("error:", StringComparison.Ordinal)), run.Error);
    }

    [TestMethod]
    [DataRow("--help")]
    [DataRow("-h")]
    public async Task Help_names_every_option_and_the_exit_codes(string option)
    {
        ProgramRun run = await ProgramRun.StartAsync([option]);

        Assert.AreEqual(ExitCode.Success, run.ExitCode);
        string[] expected =
        [
            "--data", "--test", "--text-column", "--label-column", "--base-model", "--epochs", "--learning-rate", "--rank", "--seed", "--save",
            "predict", "130",
        ];
        foreach (string word in expected)
            StringAssert.Contains(run.Output, word);
    }

    [TestMethod]
    public async Task A_wrong_column_of_a_real_file_is_wrong_usage()
    {
        string data = Path.Combine(AppContext.BaseDirectory, "data", "intents.tsv");

        ProgramRun run = await ProgramRun.StartAsync(["--data", data, "--text-column", "Wording"]);

        Assert.AreEqual(ExitCode.Usage, run.ExitCode);
        StringAssert.Contains(run.Error, "there is no column 'Wording'");
        StringAssert.Contains(run.Error, "1 'Label', 2 'Text'");
    }
}
