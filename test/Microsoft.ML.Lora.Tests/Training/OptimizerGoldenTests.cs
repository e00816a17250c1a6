using System.Numerics;
using System.Text.Json;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Configuration;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.Lora.Tests.Training;

[TestClass]
public sealed class OptimizerGoldenTests
{
    public required TestContext TestContext { get; set; }

    [TestMethod]
    public void Optimizers()
    {
        var run = new GoldenRun(TestContext, "optim/optimizers.json");
        foreach (JsonElement c in GoldenJson.Load(GoldenFiles.File("optim", "optimizers.json")).GetProperty("cases").EnumerateArray())
        {
            run.Case($"{c.Text("id")}, float32", () => RunOptimizer<float>(c, "f32", _ => GoldenTolerances.OptimizerFloat32));
            run.Case($"{c.Text("id")}, float64", () => RunOptimizer<double>(c, "f64", x => GoldenTolerances.Float64 * Math.Max(1, Math.Abs(x))));
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
        float[] clipped = Array.ConvertAll(gradient, g => g * clip);
        foreach (Func<Optimizer<float>> create in new Func<Optimizer<float>>[]
        {
            () => new Adam<float>([Length]), () => new Adam<float>([Length], decoupled: false, amsGrad: true), () => new StochasticGradientDescent<float>([Length], 0.9),
        })
        {
            float[] inOne = [.. start], inTwo = [.. start];
            Optimizer<float> one = create(), two = create();
            for (int k = 0; k < 3; k++)
            {
                one.Step(0, inOne, gradient, 0.01, 0.1, clip);
                two.Step(0, inTwo, clipped, 0.01, 0.1);
            }

            CollectionAssert.AreEqual(inTwo, inOne);
            foreach ((string name, float[] buffer) in one.State)
                CollectionAssert.AreEqual(two.State[name], buffer, name);
            CollectionAssert.AreNotEqual(start, inOne);
        }
    }

    [TestMethod]
    public void ATensorWithoutAGradientNeitherMovesNorCounts()
    {
        using Tensor used = torch.tensor(new[] { 1f, 2f }), unused = torch.tensor(new[] { 3f });
        TrainableParameter[] parameters = [new("used", used.requires_grad_(), ParameterKind.LoraA), new("unused", unused.requires_grad_(), ParameterKind.LoraB)];
        ClassifierOptimizer optimizer = ClassifierOptimizer.Create(parameters, new TrainingOptions { WeightDecay = 0.5 }, _ => _ => 0.1);
        using (torch.NewDisposeScope())
            (used * 2f).sum().backward();
        optimizer.Step(0, optimizer.CollectGradients());
        CollectionAssert.AreEqual(new long[] { 1, 0 }, optimizer.Rule.Steps);
        CollectionAssert.AreEqual(new[] { 3f }, unused.Floats());
        CollectionAssert.AreNotEqual(new[] { 1f, 2f }, used.Floats());
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
                    DecayRatio = kind == LearningRateSchedule.WarmupStableDecay ? (args.MaybeNumber("num_decay_steps") ?? total) / total : new TrainingOptions().DecayRatio,
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

    private static void RunOptimizer<T>(JsonElement c, string precision, Func<double, double> tolerance)
        where T : struct, IFloatingPointIeee754<T>
    {
        JsonElement? args = c.Maybe("args");
        T[][] p = [Values(c.GetProperty("w0")), Values(c.GetProperty("b0"))], targets = [Values(c.GetProperty("target_w")), Values(c.GetProperty("target_b"))];
        Optimizer<T> optimizer = Create<T>(c, [p[0].Length, p[1].Length]);
        JsonElement[] expected = c.GetProperty(precision).EnumerateArray().ToArray();
        for (int k = 0; k < expected.Length; k++)
        {
            for (int i = 0; i < 2; i++)
            {
                // Without arguments: the recorded two-group case, whose note describes it (b absent at steps 2 and 3, a falling rate for w).
                if (args is null && i == 1 && (k is 2 or 3))
                    continue;
                double rate = args is not null ? args.Value.Number("lr") : i == 0 ? 0.05 * (1 - k / 10.0) : 0.02;
                double decay = args is not null ? args.Value.MaybeNumber("weight_decay") ?? (c.Text("optimizer") == "AdamW" ? 0.01 : 0) : i == 0 ? 0.1 : 0;
                optimizer.Step(i, p[i], Gradient(p[i], targets[i], k), rate, decay);
            }

            Near(expected[k].GetProperty("w"), p[0], $"step {k}, w");
            Near(expected[k].GetProperty("b"), p[1], $"step {k}, b");
        }

        if (c.Maybe($"{precision}_state_w") is not { } state)
            return;
        foreach (JsonProperty recorded in state.EnumerateObject())
        {
            string? name = recorded.Name switch
            {
                "exp_avg" => "first_moment",
                "exp_avg_sq" => "second_moment",
                "max_exp_avg_sq" => "largest_second_moment",
                "momentum_buffer" => "momentum",
                "step" => null,
                _ => throw new AssertFailedException($"Unknown state '{recorded.Name}'."),
            };
            if (name is null)
                Assert.AreEqual(recorded.Value.Number(), optimizer.Steps[0]);
            else if (recorded.Value.ValueKind != JsonValueKind.Null)
                Near(recorded.Value, optimizer.State[name][..p[0].Length], recorded.Name);
        }

        static T[] Values(JsonElement e) => [.. e.Flat().Select(T.CreateTruncating)];

        static T[] Gradient(T[] p, T[] target, int k) => [.. p.Select((x, j) =>
        {
            T d = x - target[j];
            return k == 4 ? T.Zero : d * T.CreateTruncating(1 + 0.25 * (k % 3)) + T.CreateTruncating(0.1) * d * d * d;
        })];

        void Near(JsonElement wanted, T[] actual, string what)
        {
            double[] values = wanted.Flat();
            Assert.HasCount(values.Length, actual, what);
            for (int j = 0; j < values.Length; j++)
                GoldenAssert.Near(values[j], double.CreateTruncating(actual[j]), tolerance(values[j]), $"{what}[{j}]");
        }
    }

    private static Optimizer<T> Create<T>(JsonElement c, int[] lengths)
        where T : struct, IFloatingPointIeee754<T>
    {
        JsonElement? args = c.Maybe("args");
        double[] betas = args?.Maybe("betas")?.Flat() ?? [0.9, 0.999];
        bool amsGrad = args?.Maybe("amsgrad")?.GetBoolean() == true;
        return c.Text("optimizer") switch
        {
            "SGD" => new StochasticGradientDescent<T>(lengths, args?.MaybeNumber("momentum") ?? 0, args?.MaybeNumber("dampening") ?? 0, args?.Maybe("nesterov")?.GetBoolean() == true),
            "AdamW" or "Adam" => new Adam<T>(lengths, betas[0], betas[1], args?.MaybeNumber("eps") ?? 1e-8, c.Text("optimizer") == "AdamW", amsGrad),
            var other => throw new AssertFailedException($"Unknown optimizer '{other}'."),
        };
    }
}
