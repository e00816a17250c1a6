using Microsoft.ML.Data;
using Microsoft.ML.Lora.Adapters;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>Training that goes on from a saved model.</summary>
[TestClass]
public sealed class WarmStartTests
{
    private static readonly TinyBase s_tiny = new();
    private static ITransformer s_earlier = null!;
    private readonly MLContext _ml = new(1);

    [ClassInitialize]
    public static void TrainTheEarlierModel(TestContext context)
    {
        var ml = new MLContext(1);
        using var folder = new TemporaryFolder();
        string zip = folder.File("m.zip");
        ITransformer trained = TinyPipeline.Fit(ml, s_tiny, rows: 200, epochs: 20);
        ml.Model.Save(trained, null, zip);
        s_earlier = new MLContext(9).Model.Load(zip, out _);
    }

    [ClassCleanup]
    public static void CleanUp() => s_tiny.Dispose();

    [TestMethod]
    public void BeginsWithWhatTheEarlierModelKnows()
    {
        // One step with next to no learning rate: what comes out is what went in.
        ITransformer same = Fit(Messages.Make(60, seed: 5), change: NoLearning);
        Message[] test = Messages.Make(80, seed: 7);
        float[][] before = TinyPipeline.Scores(_ml, s_earlier, test), after = TinyPipeline.Scores(_ml, same, test);
        string[] labelsBefore = Labels(s_earlier), labelsAfter = Labels(same);
        CollectionAssert.AreEquivalent(labelsBefore, labelsAfter);
        for (int i = 0; i < test.Length; i++)
        {
            for (int c = 0; c < labelsAfter.Length; c++)
                Assert.AreEqual(before[i][Array.IndexOf(labelsBefore, labelsAfter[c])], after[i][c], 1e-4f);
        }

        // The same short training from scratch is worse.
        double warm = Accuracy(Fit(Messages.Make(60, seed: 5), change: o => o.Training.MaxEpochs = 1), test);
        double cold = Accuracy(TinyPipeline.Fit(_ml, s_tiny, rows: 60, epochs: 1), test);
        Assert.IsGreaterThan(cold + 0.2, warm);
        CollectionAssert.AreEqual(before.SelectMany(s => s).ToArray(), TinyPipeline.Scores(_ml, s_earlier, test).SelectMany(s => s).ToArray());
    }

    [TestMethod]
    public void NewLabelsBeginAfreshAndOldOnesKeepTheirRows()
    {
        Message[] rows = [.. Messages.Make(40, seed: 5).Select(m => new Message { Label = m.Label == "access" ? "account" : m.Label, Text = m.Text })];
        ITransformer model = Fit([.. rows.Reverse()], change: NoLearning); // other keys for the same values
        Message[] test = [.. Messages.Make(200, seed: 7).Where(m => m.Label != "access")];
        Assert.IsGreaterThan(0.9, Accuracy(model, test, among: ["refund", "delivery"]));
        (float[][] earlier, float[][] now) = (Head(s_earlier), Head(model));
        string[] labelsEarlier = Labels(s_earlier), labelsNow = Labels(model);
        foreach (string label in labelsNow)
        {
            int known = Array.IndexOf(labelsEarlier, label);
            float difference = known < 0 ? float.NaN : now[Array.IndexOf(labelsNow, label)].Zip(earlier[known]).Max(p => MathF.Abs(p.First - p.Second));
            if (label == "account")
                Assert.IsLessThan(0.2f, now[Array.IndexOf(labelsNow, label)].Max(MathF.Abs), "a fresh row is small");
            else
                Assert.AreEqual(0, difference, 1e-4f);
        }
    }

    [TestMethod]
    public void GoesOnWithoutNamingTheBaseAndEndsWithTheSameBits()
    {
        ITransformer first = Fit(Messages.Make(60, seed: 5), o => o.BaseModel = null), second = Fit(Messages.Make(60, seed: 5), o => o.WarmStartFrom = TinyPipeline.Classifier(s_earlier));
        Message[] test = Messages.Make(20, seed: 7);
        CollectionAssert.AreEqual(
            TinyPipeline.Scores(_ml, first, test).SelectMany(s => s).ToArray(), TinyPipeline.Scores(_ml, second, test).SelectMany(s => s).ToArray());
    }

    [TestMethod]
    public void AnotherBaseRankAlphaOrOtherTargetsAreRefused()
    {
        using var other = new TinyBase(seed: 3);
        Message[] rows = Messages.Make(40, seed: 5);
        Says<BaseModelException>(o => o.BaseModel = other.Model, "was trained on the base");
        Says<ArgumentException>(o => o.Lora.Rank = 2, "has rank 2 in the options and rank 4 in the trained model");
        Says<ArgumentException>(o => o.Lora.Alpha = 4, "is scaled by 1 in the options and by 2 in the trained model");
        Says<ArgumentException>(o => o.Lora.TargetModules = ["query", "attention.output.dense"], "do not ask for", "does not have", "attention.output.dense");
        Says<ArgumentException>(o => o.Lora = LoraOptions.None, "the trained model has adapters that the options do not ask for");
        Says<ArgumentException>(o => o.BaseModel = BaseModel.FromDirectory(s_tiny.Folder, new BaseModelOptions { Pooling = PoolingMode.Max }), "pools by Mean", "BaseModelOptions.Pooling");
        Says<ArgumentException>(o => o.WarmStartFrom = _ml.Transforms.CopyColumns("X", "Text").Fit(_ml.Data.LoadFromEnumerable(rows)), "WarmStartFrom", "exactly one");

        void Says<T>(Action<LoraTextClassificationTrainer.Options> change, params string[] texts)
            where T : Exception
        {
            T error = Assert.Throws<T>(() => Fit(rows, change));
            foreach (string text in texts)
                StringAssert.Contains(error.Message, text);
        }
    }

    private static void NoLearning(LoraTextClassificationTrainer.Options options)
    {
        options.Training.MaxEpochs = 1;
        options.Training.LearningRate = 1e-9;
    }

    private ITransformer Fit(Message[] rows, Action<LoraTextClassificationTrainer.Options>? change = null) => TinyPipeline
        .Create(_ml, Options(change)).Fit(_ml.Data.LoadFromEnumerable(rows));

    private static LoraTextClassificationTrainer.Options Options(Action<LoraTextClassificationTrainer.Options>? change)
    {
        LoraTextClassificationTrainer.Options options = TinyPipeline.Options(s_tiny, epochs: 2);
        options.WarmStartFrom = s_earlier;
        change?.Invoke(options);
        return options;
    }

    private static float[][] Head(ITransformer model)
    {
        var state = TinyPipeline.Classifier(model).State;
        using ClassifierHead head = PeftFormat.Read(state.AdapterConfig, state.AdapterWeights).CreateHead(0, TorchSharp.torch.CPU)!;
        return [.. ParameterValues.Read(head.Weight).Chunk((int)head.Weight.shape[1])];
    }

    private static string[] Labels(ITransformer model)
    {
        var values = TinyPipeline.Classifier(model).State.Labels.Values!;
        return [.. Enumerable.Range(0, values.Count).Select(values.ToText)];
    }

    private double Accuracy(ITransformer model, Message[] test, string[]? among = null)
    {
        string[] labels = Labels(model);
        int[] allowed = [.. Enumerable.Range(0, labels.Length).Where(i => among is null || among.Contains(labels[i]))];
        float[][] scores = TinyPipeline.Scores(_ml, model, test);
        return Enumerable.Range(0, test.Length).Average(i => labels[allowed.MaxBy(c => scores[i][c])] == test[i].Label ? 1.0 : 0);
    }
}
