using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>The number of threads belongs to the process: changed only where it is asked for, and set back.</summary>
[TestClass]
[DoNotParallelize]
public sealed class ThreadCountTests
{
    [TestMethod]
    public void IsInForceDuringTheTrainingAndSetBackAfterwards()
    {
        using var tiny = new TinyBase();
        var ml = new MLContext(1);
        int before = torch.get_num_threads();
        try
        {
            torch.set_num_threads(2);
            var seen = new HashSet<int>();
            TinyPipeline.Fit(ml, tiny, rows: 40, epochs: 1, o => (o.Training.ThreadCount, o.Progress) = (1, new Watch(seen, fails: false)));
            CollectionAssert.AreEqual(new[] { 1 }, seen.ToArray());
            Assert.AreEqual(2, torch.get_num_threads());
            Assert.Throws<TimeoutException>(
                () => TinyPipeline.Fit(ml, tiny, rows: 40, epochs: 1, o => (o.Training.ThreadCount, o.Progress) = (1, new Watch(seen, fails: true))));
            Assert.AreEqual(2, torch.get_num_threads());
            seen.Clear();
            TinyPipeline.Fit(ml, tiny, rows: 40, epochs: 1, o => o.Progress = new Watch(seen, fails: false));
            CollectionAssert.AreEqual(new[] { 2 }, seen.ToArray());
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    private sealed class Watch(HashSet<int> seen, bool fails) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            seen.Add(torch.get_num_threads());
            if (fails)
                throw new TimeoutException();
        }
    }
}
