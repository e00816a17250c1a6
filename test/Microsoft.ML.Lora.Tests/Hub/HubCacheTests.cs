using Microsoft.ML.Lora.Hub;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Hub;

/// <summary>Reading a cache as huggingface_hub fills it, and where it is looked for.</summary>
[TestClass]
[DoNotParallelize]
public sealed class HubCacheTests
{
    private const string Id = "some-org/tiny";
    private static readonly string s_commit = new('c', 40);

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void ACacheOfLinksOrOfCopiesIsRead(bool links)
    {
        using var variables = new Variables();
        using var folder = new TemporaryFolder();
        using var tiny = new TinyBase();
        string cache = folder.File("hub");
        Fill(cache, tiny.Folder, links, refs: "main");
        foreach (string revision in (string[])["main", s_commit])
        {
            BaseModel model = BaseModel.FromCache(Id, revision, cache);
            Assert.AreEqual(Id, model.Id);
            Assert.AreEqual(s_commit, model.Revision);
            Assert.AreEqual(tiny.Model.Fingerprint, model.Fingerprint);
            Assert.AreEqual("Mean", model.Pooling.ToString());
            model.Acquire(ComputeType.Float32).Dispose();
        }
    }

    [TestMethod]
    public void ChangedContentBehindALinkIsNoticed()
    {
        using var variables = new Variables();
        using var folder = new TemporaryFolder();
        using TinyBase tiny = new(seed: 1), other = new(seed: 2);
        Fill(folder.FullPath, tiny.Folder, links: true, refs: "main");
        string before = BaseModel.FromCache(Id, cacheDirectory: folder.FullPath).Fingerprint;
        string blob = Path.Combine(folder.FullPath, "models--some-org--tiny", "blobs", "model.safetensors");
        File.Copy(Path.Combine(other.Folder, "model.safetensors"), blob, overwrite: true);
        File.SetLastWriteTimeUtc(blob, new DateTime(2031, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.AreNotEqual(before, BaseModel.FromCache(Id, cacheDirectory: folder.FullPath).Fingerprint);
    }

    [TestMethod]
    public void ARevisionWithASlashIsAFolderOfRefs()
    {
        using var variables = new Variables();
        using var folder = new TemporaryFolder();
        using var tiny = new TinyBase();
        Fill(folder.FullPath, tiny.Folder, links: true, refs: "refs/pr/1");
        Assert.AreEqual(s_commit, BaseModel.FromCache(Id, "refs/pr/1", folder.FullPath).Revision);
    }

    [TestMethod]
    public void ASnapshotOfTheRevisionsNameIsTaken()
    {
        using var variables = new Variables();
        using var folder = new TemporaryFolder();
        using var tiny = new TinyBase();
        Fill(folder.FullPath, tiny.Folder, links: true, refs: "main");
        string root = Path.Combine(folder.FullPath, "models--some-org--tiny");
        Directory.Move(Path.Combine(root, "snapshots", s_commit), Path.Combine(root, "snapshots", "v1.0"));
        Assert.AreEqual(tiny.Model.Fingerprint, BaseModel.FromCache(Id, "v1.0", folder.FullPath).Fingerprint);
        Mentions(() => BaseModel.FromCache(Id, "v2", folder.FullPath), "'v2'", "v1.0");
        Mentions(() => BaseModel.FromCache(Id, "main", folder.FullPath), "'main'");
    }

    [TestMethod]
    public void TheErrorSaysWhereWhatAndHow()
    {
        using var folder = new TemporaryFolder();
        using var variables = new Variables(("HF_HUB_CACHE", folder.File("nowhere")));
        using var tiny = new TinyBase();
        Mentions(() => BaseModel.FromCache(Id), folder.File("nowhere"), "does not exist", "FromHub", "hf download", "HF_HUB_CACHE");

        Fill(folder.FullPath, tiny.Folder, links: true, refs: "main");
        Mentions(() => BaseModel.FromCache("other/model", "v1", folder.FullPath), "models--other--model", Id, "'v1'");
        Mentions(() => BaseModel.FromCache(Id, "v1", folder.FullPath), "models--some-org--tiny", "'main'", s_commit, $"FromHub(\"{Id}\", \"v1\")");

        File.Delete(Path.Combine(folder.FullPath, "models--some-org--tiny", "blobs", "model.safetensors"));
        Mentions(() => BaseModel.FromCache(Id, "main", folder.FullPath), "not complete", "no weights");
        File.WriteAllText(Path.Combine(folder.FullPath, "models--some-org--tiny", "refs", "main"), "../../../etc");
        Mentions(() => BaseModel.FromCache(Id, "main", folder.FullPath), "no commit hash", "../../../etc");
    }

    [TestMethod]
    public void AnIncompleteSetOfShardsIsNamed()
    {
        using var variables = new Variables();
        using var folder = new TemporaryFolder();
        string snapshot = Path.Combine(folder.FullPath, "models--some-org--tiny", "snapshots", s_commit);
        Directory.CreateDirectory(snapshot);
        File.WriteAllText(Path.Combine(snapshot, "config.json"), "{}");
        File.WriteAllText(Path.Combine(snapshot, "model-00001-of-00002.safetensors"), "");
        string index = Path.Combine(snapshot, "model.safetensors.index.json");
        File.WriteAllText(index, """{ "weight_map": { "a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors" } }""");
        Mentions(() => BaseModel.FromCache(Id, s_commit, folder.FullPath), "model-00002-of-00002.safetensors");
        File.WriteAllText(index, """{ "weight_map": { "a": "../../escape.safetensors" } }""");
        Mentions(() => BaseModel.FromCache(Id, s_commit, folder.FullPath), "escape", "same folder");
    }

    [TestMethod]
    public void TheEnvironmentSaysWhereTheCacheIs()
    {
        using var folder = new TemporaryFolder();
        (string Expected, (string, string)[] Variables)[] cases =
        [
            (folder.File("a"), [("HF_HUB_CACHE", folder.File("a")), ("HF_HOME", folder.File("b"))]),
            (folder.File("old"), [("HUGGINGFACE_HUB_CACHE", folder.File("old")), ("HF_HOME", folder.File("b"))]),
            (folder.File("b", "hub"), [("HF_HOME", folder.File("b"))]),
            (folder.File("xdg", "huggingface", "hub"), [("XDG_CACHE_HOME", folder.File("xdg"))]),
            (folder.File("b", "c"), [("HF_HUB_CACHE", "$LORA_TEST_ROOT/b/c"), ("LORA_TEST_ROOT", folder.FullPath)]),
            (folder.File(".cache", "huggingface", "hub"), [("HOME", folder.FullPath)]),
            (folder.File("own"), [("HF_HUB_CACHE", "~/own"), ("HOME", folder.FullPath)]),
        ];
        foreach ((string expected, (string, string)[] values) in cases)
        {
            // The last ones are about Unix's notations.
            if (OperatingSystem.IsWindows() && values.Any(v => v.Item1 is "HOME" or "LORA_TEST_ROOT"))
                continue;
            using var variables = new Variables(values);
            Assert.AreEqual(expected, new HubCache().Folder);
        }
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("a/b/c")]
    [DataRow("../a")]
    [DataRow("a--b")]
    [DataRow("a\\b")]
    [DataRow("/etc")]
    [DataRow(".a/b")]
    public void WhatIsNoIdIsRefused(string id) => Assert.Throws<ArgumentException>(() => BaseModel.FromCache(id));

    [TestMethod]
    [DataRow("../main")]
    [DataRow("a//b")]
    [DataRow("/main")]
    [DataRow("a\\b")]
    public void WhatIsNoRevisionIsRefused(string revision) => Assert.Throws<ArgumentException>(() => BaseModel.FromCache(Id, revision));

    private static void Mentions(Func<BaseModel> act, params string[] parts)
    {
        string message = Assert.ThrowsExactly<BaseModelException>(act).Message;
        foreach (string part in parts)
            Assert.Contains(part, message);
    }

    // As huggingface_hub lays it out; its blobs' names are hashes, which a reader does not care about.
    private static void Fill(string cache, string model, bool links, string refs)
    {
        string root = Path.Combine(cache, "models--some-org--tiny"), snapshot = Path.Combine(root, "snapshots", s_commit);
        foreach (string file in Directory.EnumerateFiles(model, "*", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(model, file), target = Path.Combine(snapshot, relative);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (!links)
            {
                File.Copy(file, target);
                continue;
            }

            string blob = Path.Combine(root, "blobs", relative.Replace(Path.DirectorySeparatorChar, '-'));
            Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
            File.Copy(file, blob);
            File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, blob));
        }

        string reference = Path.Combine([root, "refs", .. refs.Split('/')]);
        Directory.CreateDirectory(Path.GetDirectoryName(reference)!);
        File.WriteAllText(reference, s_commit);
    }
}
