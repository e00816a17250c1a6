using System.Text.Json;
using Microsoft.ML.Lora.Configuration;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Training;

[TestClass]
public sealed class OptimizerGoldenTests
{
    public required TestContext TestContext { get; set; }

    [TestMethod]
    public void AdamW()
    {
        var run = new GoldenRun(TestContext, "optim/optimizers.json");
        foreach (JsonElement c in GoldenJson.Load(GoldenFiles.File("optim", "optimizers.json")).GetProperty("cases").EnumerateArray())
        {
            string id = c.Text("id");
            if (c.Text("optimizer") != "AdamW")
                run.LeaveOut(id, $"the library trains with AdamW only, not {c.Text("optimizer")}");
            else if (c.Maybe("args")?.Maybe("amsgrad")?.GetBoolean() == true)
                run.LeaveOut(id, "AMSGrad is not offered");
            else
                run.Case(id, () => RunAdamW(c));
        }

        run.Finish();
    }

    [TestMethod]
    public void ClipGradientNorm()
    {
        var run = new GoldenRun(TestContext, "optim/clip_grad_norm.json");
        foreach (JsonElement c in GoldenJson.Load(GoldenFiles.File("optim", "clip_grad_norm.json")).GetProperty("cases").EnumerateArray())
        {
            run.Case(c.Text("id"), () =>
            {
                float[] gradients = c.GetProperty("grads").EnumerateArray().SelectMany(g => g.FlatFloat()).ToArray();
                double norm = GradientClipping.Norm(gradients, c.Number("norm_type"));
                float coefficient = GradientClipping.Coefficient(norm, c.Number("max_norm"));
                JsonElement expected = c.GetProperty("f32");
                Near(expected.Number("total_norm"), norm, "total_norm");
                int i = 0;
                foreach (JsonElement after in expected.GetProperty("after").EnumerateArray())
                {
                    float[] wanted = after.FlatFloat();
                    for (int k = 0; k < wanted.Length; k++)
                        Near(wanted[k], gradients[i + k] * coefficient, $"gradient {i + k}");
                    i += wanted.Length;
                }

                Assert.AreEqual(expected.Maybe("error_if_nonfinite") is not null, !double.IsFinite(norm), "a norm that is not finite");
            });
        }

        run.Finish();

        // float32 sums of few numbers: relative rounding of a handful of operations.
        static void Near(double expected, double actual, string what) =>
            GoldenAssert.Near(expected, actual, GoldenTolerances.OptimizerFloat32 * Math.Max(1, double.IsFinite(expected) ? Math.Abs(expected) : 1), what);
    }

    [TestMethod]
    [DataRow(1f)]
    [DataRow(0.3f)]
    public void AClippedStepIsAStepWithClippedGradients(float clip)
    {
        const int Length = 1003; // whole vectors and a rest
        float[] start = [.. Enumerable.Range(0, Length).Select(i => MathF.Sin(i))], gradient = [.. Enumerable.Range(0, Length).Select(i => MathF.Cos(3 * i) / (1 + (i % 7)))];
        float[] clipped = Array.ConvertAll(gradient, g => g * clip), inOne = [.. start], inTwo = [.. start];
        var one = new AdamW([Length]);
        var two = new AdamW([Length]);
        for (int k = 0; k < 3; k++)
        {
            one.Step(0, inOne, gradient, 0.01, 0.1, clip);
            two.Step(0, inTwo, clipped, 0.01, 0.1);
        }

        CollectionAssert.AreEqual(inTwo, inOne);
        CollectionAssert.AreEqual(two.FirstMoments, one.FirstMoments);
        CollectionAssert.AreEqual(two.SecondMoments, one.SecondMoments);
        CollectionAssert.AreNotEqual(start, inOne);
    }

    [TestMethod]
    public void Schedules()
    {
        var run = new GoldenRun(TestContext, "optim/schedulers.json");
        foreach (JsonElement c in GoldenJson.Load(GoldenFiles.File("optim", "schedulers.json")).GetProperty("cases").EnumerateArray())
        {
            JsonElement args = c.GetProperty("args");
            string id = $"{c.Text("name")} {c.Number("num_warmup_steps")}/{c.Number("num_training_steps")} {args}";
            if (Kind(c.Text("name")) is not { } kind)
            {
                run.LeaveOut(id, "the schedule is not offered");
                continue;
            }

            run.Case(id, () =>
            {
                double lr = c.Number("lr");
                long total = (long)c.Number("num_training_steps");
                // As a user sets it: what cannot be said in the options would not be offered.
                var options = new TrainingOptions
                {
                    Schedule = kind,
                    LearningRate = lr,
                    WarmupSteps = (int)c.Number("num_warmup_steps"),
                    ScheduleCycles = args.MaybeNumber("num_cycles"),
                    SchedulePower = args.MaybeNumber("power") ?? 1,
                    MinimumLearningRate = args.MaybeNumber("lr_end") ?? args.MaybeNumber("min_lr")
                        ?? lr * (args.MaybeNumber("min_lr_rate") ?? args.MaybeNumber("min_lr_ratio"))
                        ?? (kind == LearningRateSchedule.Polynomial ? 1e-7 : 0), // the recorded library's default
                    ScheduleTimeScale = (int?)args.MaybeNumber("timescale"),
                    WarmupStartRatio = args.MaybeNumber("warmup_lr_rate"),
                    DecayRatio = (args.MaybeNumber("num_decay_steps") ?? total) / total,
                    WarmupShape = Shape(args.Maybe("warmup_type")?.GetString() ?? "linear"),
                    DecayShape = Shape(args.Maybe("decay_type")?.GetString() ?? "cosine"),
                };
                var problems = new OptionProblems();
                options.Validate(problems);
                Assert.IsNull(problems.Describe());
                LearningRateScheduler scheduler = LearningRateScheduler.From(options, lr, total);
                if (c.Maybe("err") is not null) // recorded: a division by zero. Ours is defined there.
                {
                    Assert.AreEqual(scheduler.MinimumLearningRate, scheduler.At(scheduler.TotalSteps), 1e-18);
                    return;
                }

                double[] expected = c.GetProperty("lrs").Flat();
                for (int k = 0; k < expected.Length; k++)
                    GoldenAssert.Near(expected[k], scheduler.At(k), GoldenTolerances.Float64 * Math.Max(Math.Abs(expected[k]), lr), $"rate of step {k}");
            });
        }

        run.Finish();
    }

    private static LearningRateSchedule? Kind(string name) => name switch
    {
        "linear" => LearningRateSchedule.Linear,
        "cosine" => LearningRateSchedule.Cosine,
        "cosine_with_restarts" => LearningRateSchedule.CosineWithRestarts,
        "polynomial" => LearningRateSchedule.Polynomial,
        "constant" => LearningRateSchedule.Constant,
        "constant_with_warmup" => LearningRateSchedule.ConstantWithWarmup,
        "inverse_sqrt" => LearningRateSchedule.InverseSquareRoot,
        "cosine_with_min_lr" => LearningRateSchedule.CosineWithMinimum,
        "cosine_warmup_with_min_lr" => LearningRateSchedule.CosineWarmupWithMinimum,
        "warmup_stable_decay" => LearningRateSchedule.WarmupStableDecay,
        _ => null,
    };

    private static LearningRateRamp Shape(string name) => name switch
    {
        "linear" => LearningRateRamp.Linear,
        "cosine" => LearningRateRamp.Cosine,
        "1-sqrt" => LearningRateRamp.OneMinusSquareRoot,
        _ => throw new AssertFailedException($"Unknown shape '{name}'."),
    };

    private static void RunAdamW(JsonElement c)
    {
        JsonElement? args = c.Maybe("args");
        float[][] p = [c.GetProperty("w0").FlatFloat(), c.GetProperty("b0").FlatFloat()];
        double[][] targets = [c.GetProperty("target_w").Flat(), c.GetProperty("target_b").Flat()];
        double[] betas = args?.Maybe("betas")?.Flat() ?? [0.9, 0.999];
        var adam = new AdamW([p[0].Length, p[1].Length], betas[0], betas[1], args?.MaybeNumber("eps") ?? 1e-8);
        JsonElement[] expected = c.GetProperty("f32").EnumerateArray().ToArray();
        for (int k = 0; k < expected.Length; k++)
        {
            for (int i = 0; i < 2; i++)
            {
                // Without arguments: the recorded two-group case, whose note describes it (b absent at steps 2 and 3, a falling rate for w).
                if (args is null && i == 1 && (k is 2 or 3))
                    continue;
                double rate = args is not null ? args.Value.Number("lr") : i == 0 ? 0.05 * (1 - k / 10.0) : 0.02;
                double decay = args is not null ? args.Value.MaybeNumber("weight_decay") ?? 0.01 : i == 0 ? 0.1 : 0;
                adam.Step(i, p[i], Gradient(p[i], targets[i], k), rate, decay);
            }

            string[] names = ["w", "b"];
            for (int i = 0; i < 2; i++)
            {
                double[] wanted = expected[k].GetProperty(names[i]).Flat();
                for (int j = 0; j < wanted.Length; j++)
                    GoldenAssert.Near(wanted[j], p[i][j], GoldenTolerances.OptimizerFloat32, $"step {k}, {names[i]}[{j}]");
            }
        }

        if (c.Maybe("f32_state_w") is { } state)
        {
            Assert.AreEqual(state.Number("step"), adam.Steps[0]);
            double[] m = state.GetProperty("exp_avg").Flat(), v = state.GetProperty("exp_avg_sq").Flat();
            for (int j = 0; j < m.Length; j++)
            {
                GoldenAssert.Near(m[j], adam.FirstMoments[j], GoldenTolerances.OptimizerFloat32, $"exp_avg[{j}]");
                GoldenAssert.Near(v[j], adam.SecondMoments[j], GoldenTolerances.OptimizerFloat32, $"exp_avg_sq[{j}]");
            }
        }

        static float[] Gradient(float[] p, double[] target, int k) => p.Select((x, j) =>
        {
            float d = x - (float)target[j];
            return k == 4 ? 0f : d * (1 + 0.25f * (k % 3)) + 0.1f * d * d * d;
        }).ToArray();
    }
}
