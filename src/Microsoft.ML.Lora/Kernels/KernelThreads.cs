using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// Runs the chunks of a kernel on as many threads as torch uses for its own. The caller works too and never waits for a helper that has
/// not begun, so a busy thread pool costs time but cannot stall it. What a chunk computes must not depend on which thread runs it.
/// </summary>
internal static class KernelThreads
{
    /// <summary>Runs <paramref name="body"/> over [0, count) in ranges of at most <paramref name="grain"/>.</summary>
    /// <param name="count">How many items.</param>
    /// <param name="grain">Items a chunk; a chunk should take some ten microseconds.</param>
    /// <param name="body">Called with begin and end of a range.</param>
    public static void For(int count, int grain, Action<int, int> body)
    {
        int chunks = (count + grain - 1) / Math.Max(grain, 1);
        int helpers = Math.Min(Math.Min(get_num_threads(), Environment.ProcessorCount), chunks) - 1;
        if (helpers <= 0)
        {
            body(0, count);
            return;
        }

        var job = new Job(count, grain, chunks, body);
        for (int i = 0; i < helpers; i++)
            ThreadPool.UnsafeQueueUserWorkItem(job, preferLocal: false);
        job.Work();
        job.Wait();
    }

    private sealed class Job(int count, int grain, int chunks, Action<int, int> body) : IThreadPoolWorkItem
    {
        private int _next, _done;
        private Exception? _failure;

        public void Execute() => Work();

        public void Work()
        {
            for (int chunk; (chunk = Interlocked.Increment(ref _next) - 1) < chunks;)
            {
                try
                {
                    body(chunk * grain, Math.Min(count, (chunk + 1) * grain));
                }
                catch (Exception e)
                {
                    _failure = e;
                }

                Interlocked.Increment(ref _done);
            }
        }

        public void Wait()
        {
            var spin = default(SpinWait);
            while (Volatile.Read(ref _done) < chunks)
                spin.SpinOnce(sleep1Threshold: -1);
            if (_failure is { } failure)
                throw new InvalidOperationException("A kernel failed.", failure);
        }
    }
}
