namespace TextClassification.Tests;

[TestClass]
public sealed class TableFileTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Cleanup() => _folder.Dispose();

    [TestMethod]
    [DataRow("Label\tText\n", '\t', 0, 1)]
    [DataRow("id\tMESSAGE\tIntent\n", '\t', 2, 1)]
    [DataRow("text,category\n", ',', 1, 0)]
    [DataRow("\"a, b\",\"Text\",\"the \"\"x\"\"\",label\n", ',', 3, 1)]
    [DataRow("class;sentence;remark, if any\n", ';', 0, 1)]
    public void Usual_headers_are_recognised(string content, char separator, int label, int text)
    {
        TableFile file = TableFile.Open(_folder.Write("a.txt", content));

        Assert.AreEqual(separator, file.Separator);
        Assert.AreEqual(label, file.LabelIndex);
        Assert.AreEqual(text, file.TextIndex);
    }

    [TestMethod]
    [DataRow("what", "kind", 1, 0)]
    [DataRow("WHAT", "Kind", 1, 0)]
    [DataRow("2", "1", 1, 0)]
    [DataRow("3", "what", 2, 1)]
    public void Columns_are_found_by_name_or_number(string textColumn, string labelColumn, int text, int label)
    {
        TableFile file = TableFile.Open(_folder.Write("a.tsv", "kind\twhat\tmore\n"), labelColumn, textColumn);

        Assert.AreEqual(text, file.TextIndex);
        Assert.AreEqual(label, file.LabelIndex);
    }

    [TestMethod]
    public void A_file_without_a_header_needs_numbers()
    {
        string path = _folder.Write("a.tsv", "ham\thello there\nspam\twin a prize\n");

        TableFile file = TableFile.Open(path, "1", "2", hasHeader: false);

        Assert.IsFalse(file.HasHeader);
        Assert.AreEqual(1, file.TextIndex);
        var e = Assert.ThrowsExactly<UserError>(() => TableFile.Open(path, "ham", "2", hasHeader: false));
        StringAssert.Contains(e.Message, "no column 'ham'");
    }

    [TestMethod]
    public void An_unknown_column_is_answered_with_those_there_are()
    {
        string path = _folder.Write("a.csv", "kind,words\n");

        var missing = Assert.ThrowsExactly<UserError>(() => TableFile.Open(path));
        StringAssert.Contains(missing.Message, "--label-column");
        StringAssert.Contains(missing.Message, "1 'kind', 2 'words'");
        var wrong = Assert.ThrowsExactly<UserError>(() => TableFile.Open(path, "kind", "wrods"));
        StringAssert.Contains(wrong.Message, "no column 'wrods' (--text-column)");
        StringAssert.Contains(wrong.Message, "1 'kind', 2 'words'");
        Assert.AreEqual(ExitCode.Usage, wrong.ExitCode);
    }

    [TestMethod]
    [DataRow("", "empty")]
    [DataRow("just one column\n", "only one column")]
    public void Files_that_are_no_tables_are_refused(string content, string expected)
    {
        var e = Assert.ThrowsExactly<UserError>(() => TableFile.Open(_folder.Write("a.txt", content), "1", "2"));
        StringAssert.Contains(e.Message, expected);
        StringAssert.Contains(e.Message, "a.txt");
    }

    [TestMethod]
    public void One_column_cannot_be_both()
    {
        var e = Assert.ThrowsExactly<UserError>(() => TableFile.Open(_folder.Write("a.tsv", "label\ttext\n"), "1", "1"));
        StringAssert.Contains(e.Message, "the same column, 1 'label'");
    }

    [TestMethod]
    public void A_missing_file_is_named()
    {
        var e = Assert.ThrowsExactly<UserError>(() => TableFile.Open(_folder.File("nowhere.tsv")));
        StringAssert.Contains(e.Message, "nowhere.tsv");
    }
}
