using Microsoft.ML.Data;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>One classifier, many threads; and classifiers that come and go while others score.</summary>
[TestClass]
public sealed class ConcurrencyTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void ManyThreadsGetTheScoresOfOne()
    {
        using var tiny = new TinyBase();
        ITransformer model = TinyPipeline.Fit(_ml, tiny, rows: 60, epochs: 3);
        LoraTextClassificationTransformer classifier = TinyPipeline.Classifier(model);
        Message[] messages = Messages.Make(80, seed: 21);
        float[][] expected = TinyPipeline.Scores(_ml, model, messages);
        Each(8, thread =>
        {
            var ml = new MLContext();
            using PredictionEngine<Message, Intent> engine =
                ml.Model.CreatePredictionEngine<Message, Intent>(model, new PredictionEngineOptions { OwnsTransformer = thread % 2 == 0 });
            for (int i = thread; i < messages.Length; i += 2)
                Same(expected[i], engine.Predict(messages[i]).Score);
            float[][] batch = TinyPipeline.Scores(ml, model, messages);
            for (int i = 0; i < messages.Length; i++)
                Same(expected[i], batch[i]);
            if (thread == 3)
                classifier.Dispose();
        });
    }

    [TestMethod]
    public void TrainingAndScoringShareABase()
    {
        using var tiny = new TinyBase();
        ITransformer model = TinyPipeline.Fit(_ml, tiny, rows: 60, epochs: 2);
        Message[] messages = Messages.Make(30, seed: 22);
        float[][] expected = TinyPipeline.Scores(_ml, model, messages);
        float[][]? first = null;
        Each(4, thread =>
        {
            if (thread < 2)
            {
                float[][] trained = TinyPipeline.Scores(_ml, TinyPipeline.Fit(new MLContext(3), tiny, rows: 60, epochs: 2), messages);
                first ??= trained;
                for (int i = 0; i < messages.Length; i++)
                    Same(first[i], trained[i]);
            }
            else
            {
                for (int again = 0; again < 10; again++)
                {
                    float[][] scores = TinyPipeline.Scores(new MLContext(), model, messages);
                    for (int i = 0; i < messages.Length; i++)
                        Same(expected[i], scores[i]);
                }
            }
        });
    }

    private static void Same(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (int c = 0; c < expected.Length; c++)
            Assert.AreEqual(expected[c], actual[c], ScoringTolerances.Batch);
    }

    private static void Each(int count, Action<int> action)
    {
        var errors = new List<Exception>();
        Thread[] threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            try
            {
                action(i);
            }
            catch (Exception e)
            {
                lock (errors)
                    errors.Add(e);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        if (errors.Count > 0)
            throw new AggregateException(errors);
    }
}
