using System.Text.Json;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Optimizers, clipping, losses and schedules against numbers recorded from PyTorch (the README there gives the tolerances).</summary>
[TestClass]
public sealed class OptimizerGoldenTests
{
    private const double Float64Relative = 1e-12;
    private const double Float32Absolute = 2e-6;

    // The gradients are recorded as float32 numbers, the results of float64 were made from the decimals before rounding.
    private const double ClippingRelative = 1e-6;

    private static string Folder => Path.Combine(Goldens.Root, "optim");

    [TestMethod]
    public void Optimizers()
    {
        var run = 0;
        var left = new List<string>();
        foreach (var item in Cases("optimizers.json"))
        {
            if (!item.TryGetProperty("args", out var options))
            {
                left.Add($"{item.GetProperty("id")} (described in words)");
                continue;
            }
            RunOptimizer(item, options, "f64", float64);
            RunOptimizer(item, options, "f32", float32);
            run++;
        }
        Report("optimizers", run, left);
    }

    [TestMethod]
    public void Clipping()
    {
        var run = 0;
        foreach (var item in Cases("clip_grad_norm.json"))
        {
            foreach (var (key, type) in new[] { ("f64", float64), ("f32", float32) })
            {
                using var scope = NewDisposeScope();
                var parameters = item.GetProperty("grads").EnumerateArray().Select(values =>
                {
                    var grad = Read(values, type);
                    return new Parameter(zeros_like(grad)) { grad = grad };
                }).ToList();
                parameters.Add(new Parameter(zeros(2, dtype: type)));
                var total = nn.utils.clip_grad_norm_(parameters, Goldens.Number(item.GetProperty("max_norm")), Goldens.Number(item.GetProperty("norm_type")));
                var expected = item.GetProperty(key);
                var name = $"{item.GetProperty("id")} {key}";
                Clipped(name, Goldens.Number(expected.GetProperty("total_norm")), total);
                foreach (var (after, parameter) in expected.GetProperty("after").EnumerateArray().Zip(parameters))
                {
                    var wanted = Read(after, float64).flatten().data<double>().ToArray();
                    var found = parameter.grad!.to(float64).flatten().data<double>().ToArray();
                    for (var k = 0; k < wanted.Length; k++)
                    {
                        Clipped($"{name}[{k}]", wanted[k], found[k]);
                    }
                }
                run++;
            }
        }
        Report("clipping", run, []);
    }

    [TestMethod]
    public void Losses()
    {
        var run = 0;
        var left = new List<string>();
        foreach (var item in Cases("losses.json"))
        {
            using var scope = NewDisposeScope();
            var name = item.GetProperty("id").GetString()!;
            var (input, loss) = Loss(item);
            if (loss is null)
            {
                left.Add(name);
                continue;
            }
            Near(name, float64, Value(item.GetProperty("value")), loss);
            loss.sum().backward();
            Near(name + " gradient", float64, Read(item.GetProperty("grad"), float64), input!.grad!);
            run++;
        }
        Report("losses", run, left);
    }

    [TestMethod]
    public void Schedules_through_a_function_of_the_step()
    {
        var run = 0;
        var left = new SortedSet<string>();
        foreach (var item in Cases("schedulers.json"))
        {
            var name = item.GetProperty("name").GetString()!;
            double warmup = item.GetProperty("num_warmup_steps").GetInt32();
            double steps = item.GetProperty("num_training_steps").GetInt32();
            Func<int, double>? factor = name switch
            {
                "constant" => _ => 1,
                "constant_with_warmup" => k => k < warmup ? k / Math.Max(1, warmup) : 1,
                "linear" => k => k < warmup ? k / Math.Max(1, warmup) : Math.Max(0, (steps - k) / Math.Max(1, steps - warmup)),
                _ => null,
            };
            if (factor is null || !item.TryGetProperty("lrs", out var rates))
            {
                left.Add(name);
                continue;
            }
            using var optimizer = optim.SGD([new Parameter(ones(1))], item.GetProperty("lr").GetDouble());
            var schedule = optim.lr_scheduler.LambdaLR(optimizer, factor);
            foreach (var rate in rates.EnumerateArray())
            {
                Assert.AreEqual(rate.GetDouble(), optimizer.ParamGroups.Single().LearningRate, 1e-9, name);
                schedule.step();
            }
            run++;
        }
        Report("schedules", run, left);
    }

    [TestMethod]
    public void Built_in_schedules()
    {
        Assert.AreEqual("1 1 0.5 0.5 0.25", Rates(o => optim.lr_scheduler.StepLR(o, 2, 0.5)));
        Assert.AreEqual("1 0.5 0.25 0.125 0.0625", Rates(o => optim.lr_scheduler.ExponentialLR(o, 0.5)));
        Assert.AreEqual("0.5 0.5 1 1 1", Rates(o => optim.lr_scheduler.ConstantLR(o, 0.5, 2)));
        Assert.AreEqual("0.5 0.75 1 1 1", Rates(o => new optim.lr_scheduler.impl.LinearLR(o, 0.5, 1, 2)));

        static string Rates(Func<optim.Optimizer, optim.lr_scheduler.LRScheduler> make)
        {
            using var optimizer = optim.SGD([new Parameter(ones(1))], 1.0);
            var schedule = make(optimizer);
            var rates = new List<double>();
            for (var k = 0; k < 5; k++)
            {
                rates.Add(optimizer.ParamGroups.Single().LearningRate);
                schedule.step();
            }
            return string.Join(' ', rates.Select(rate => rate.ToString("0.######", System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    [TestMethod]
    public void Groups_have_options_of_their_own_and_missing_gradients_do_not_count()
    {
        var (a, b) = (new Parameter(ones(2)), new Parameter(ones(2)));
        using var optimizer = new AdamW(
            [new AdamW.ParamGroup([a], lr: 0.1), new AdamW.ParamGroup([b], lr: 0.2, weight_decay: 0.5)], lr: 1);
        a.grad = ones(2);
        optimizer.step();
        Assert.AreEqual(0.9f, a[0].item<float>(), 1e-6f);
        Assert.AreEqual(1f, b[0].item<float>());
        b.grad = zeros(2);
        optimizer.step();
        Assert.AreEqual(0.9f, b[0].item<float>(), 1e-6f);
        optimizer.zero_grad();
        Assert.AreEqual(0f, a.grad!.abs().sum().item<float>());
        Assert.ThrowsExactly<ArgumentException>(() => new AdamW([a], lr: -1));
        Assert.ThrowsExactly<ArgumentException>(() => new SGD([a], 0.1, nesterov: true));
    }

    [TestMethod]
    public void Options_are_read_and_written_at_every_level()
    {
        var parameters = Enumerable.Range(0, 9).Select(_ => new Parameter(ones(1))).ToArray();
        (string, Parameter)[] named = [("x", parameters[0])];
        using var adam = new Adam([new Adam.ParamGroup { Parameters = [parameters[1]] }, new Adam.ParamGroup([parameters[2]], lr: 0.5), new Adam.ParamGroup([parameters[3]], new Adam.Options { LearningRate = 0.25 })], lr: 1);
        using var adamW = new AdamW([new AdamW.ParamGroup { Parameters = [parameters[4]] }, new AdamW.ParamGroup([parameters[5]], new AdamW.Options { LearningRate = 0.25 })], lr: 1);
        using var sgd = new SGD([new SGD.ParamGroup { Parameters = [parameters[6]] }, new SGD.ParamGroup([parameters[7]], lr: 0.5, momentum: 0.5), new SGD.ParamGroup([parameters[8]], new SGD.Options { LearningRate = 0.25 })], 1.0);
        CollectionAssert.AreEqual(new[] { 1, 0.5, 0.25 }, adam.ParamGroups.Select(group => group.LearningRate).ToArray());
        CollectionAssert.AreEqual(new[] { 1, 0.25 }, adamW.ParamGroups.Select(group => group.InitialLearningRate).ToArray());
        CollectionAssert.AreEqual(new[] { parameters[6], parameters[7], parameters[8] }, sgd.parameters().ToArray());
        (adam.Betas, adamW.Betas, sgd.Momentum) = ((0.5, 0.6), (0.7, 0.8), 0.9);
        Assert.AreEqual(((0.5, 0.6), (0.7, 0.8), 0.9), (adam.Betas, adamW.Betas, sgd.Momentum));
        var groups = (Adam: (Adam.ParamGroup)adam.ParamGroups.First(), AdamW: (AdamW.ParamGroup)adamW.ParamGroups.First(), Sgd: (SGD.ParamGroup)sgd.ParamGroups.First());
        Assert.AreEqual(((0.9, 0.999), (0.9, 0.999), 0.0), (groups.Adam.Betas, groups.AdamW.Betas, groups.Sgd.Momentum));
        (groups.Adam.Betas, groups.AdamW.Betas, groups.Sgd.Momentum) = ((0.1, 0.2), (0.3, 0.4), 0.5);
        Assert.AreEqual(0.1, groups.Adam.Options.beta1);
        Assert.AreEqual(0.4, groups.AdamW.Options.beta2);
        Assert.AreEqual(0.5, groups.Sgd.Options.momentum);
        optim.ILearningRateController controller = groups.Sgd;
        (controller.LearningRate, controller.InitialLearningRate) = (0.125, 0.5);
        Assert.AreEqual((0.125, 0.5), (groups.Sgd.Options.LearningRate, groups.Sgd.Options.InitialLearningRate));
        groups.Sgd.Options = new SGD.Options { LearningRate = 2 };
        TorchSharp.Modules.ParamGroup plain = groups.Sgd;
        Assert.AreSame(groups.Sgd.Options, plain.Options);
        plain.Options = new SGD.Options { LearningRate = 3 };
        plain.Parameters = [parameters[0]];
        Assert.AreSame(parameters[0], plain.Parameters.Single());
        Assert.AreEqual(3, groups.Sgd.LearningRate);
        Assert.AreSame(parameters[0], sgd.parameters().First());
        adam.add_param_group(new Adam.ParamGroup([parameters[0]]));
        Assert.HasCount(4, adam.ParamGroups);
        foreach (var optimizer in new optim.Optimizer[]
        {
            optim.Adam([parameters[0]]), optim.Adam(named), optim.Adam([new Adam.ParamGroup([parameters[0]])]),
            optim.AdamW([parameters[0]]), optim.AdamW(named), optim.AdamW([new AdamW.ParamGroup([parameters[0]])]),
            optim.SGD([parameters[0]], 1), optim.SGD(named, 1), optim.SGD([new SGD.ParamGroup([parameters[0]])], 1),
            new Adam([parameters[0]]), new AdamW([parameters[0]]), new SGD([parameters[0]], 1),
        })
        {
            parameters[0].grad = ones(1);
            var before = parameters[0].item<float>();
            Assert.AreEqual(7f, optimizer.step(() => tensor(7f))!.item<float>());
            Assert.IsLessThan(before, parameters[0].item<float>(), optimizer.GetType().Name);
            optimizer.Dispose();
        }
        var group = new ParamGroup<SGD.Options>([parameters[0]], new SGD.Options { InitialLearningRate = 2 });
        Assert.AreEqual(2, group.InitialLearningRate);
        foreach (var (state, options) in new (OptimizerState, OptimizerOptions)[] { (new Adam.State(parameters[0]), new Adam.Options()), (new AdamW.State(parameters[0]), new AdamW.Options { amsgrad = true }), (new SGD.State(parameters[0]), new SGD.Options()) })
        {
            state.Initialize(options);
            ((IDisposable)state).Dispose();
        }
    }

    [TestMethod]
    public void Schedules_jump_to_an_epoch_and_tell_their_rate()
    {
        var makers = new (Func<optim.Optimizer, optim.lr_scheduler.LRScheduler> Make, double AtThree)[]
        {
            (optimizer => new optim.lr_scheduler.impl.StepLR(optimizer, 2, 0.5), 0.5), (optimizer => new optim.lr_scheduler.impl.ExponentialLR(optimizer, 0.5), 0.125),
            (optimizer => new optim.lr_scheduler.impl.ConstantLR(optimizer, 0.5, 5), 0.5), (optimizer => new optim.lr_scheduler.impl.LinearLR(optimizer, 0.5, 1, 4), 0.875),
            (optimizer => new optim.lr_scheduler.impl.LambdaLR(optimizer, step => 1.0 / (step + 1)), 0.25),
            (optimizer => new optim.lr_scheduler.impl.LambdaLR(optimizer, [step => 2.0 / (step + 1)]), 0.5),
        };
        foreach (var (make, atThree) in makers)
        {
            using var optimizer = optim.SGD([new Parameter(ones(1))], 1.0);
            var schedule = make(optimizer);
            schedule.step(3);
            Assert.AreEqual(atThree, schedule.get_last_lr().Single(), 1e-12, schedule.GetType().Name);
            Assert.AreEqual(atThree, optimizer.ParamGroups.Single().LearningRate, 1e-12);
            schedule.step(0.7, 3);
            Assert.AreEqual(atThree, schedule.get_last_lr().Single(), 1e-12, "a measured value changes nothing here");
        }
    }

    private static void RunOptimizer(JsonElement item, JsonElement options, string key, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var name = $"{item.GetProperty("id")} {key}";
        var w = new Parameter(Read(item.GetProperty("w0"), type));
        var b = new Parameter(Read(item.GetProperty("b0"), type));
        var targets = new[] { Read(item.GetProperty("target_w"), type), Read(item.GetProperty("target_b"), type) };
        using var optimizer = Make(item.GetProperty("optimizer").GetString()!, options, [w, b]);
        var k = 0;
        foreach (var expected in item.GetProperty(key).EnumerateArray())
        {
            foreach (var (parameter, target) in new[] { (w, targets[0]), (b, targets[1]) })
            {
                using var none = no_grad();
                var d = parameter - target;
                parameter.grad = k == 4 ? zeros_like(d) : (d * (1 + (0.25 * (k % 3)))) + (d * d * d * 0.1);
            }
            optimizer.step();
            Near($"{name} w after {k}", type, Read(expected.GetProperty("w"), float64), w);
            Near($"{name} b after {k}", type, Read(expected.GetProperty("b"), float64), b);
            k++;
        }
    }

    private static optim.Optimizer Make(string kind, JsonElement options, Parameter[] parameters)
    {
        var lr = Option("lr", 0);
        var betas = options.TryGetProperty("betas", out var given) ? (given[0].GetDouble(), given[1].GetDouble()) : (0.9, 0.999);
        var amsgrad = options.TryGetProperty("amsgrad", out var flag) && flag.GetBoolean();
        return kind switch
        {
            // torch's default weight decay of AdamW is 0.01, TorchSharp's is 0.
            "AdamW" => optim.AdamW(parameters, lr, betas.Item1, betas.Item2, Option("eps", 1e-8), Option("weight_decay", 0.01), amsgrad),
            "Adam" => optim.Adam(parameters, lr, betas.Item1, betas.Item2, Option("eps", 1e-8), Option("weight_decay", 0), amsgrad),
            "SGD" => optim.SGD(
                parameters, lr, Option("momentum", 0), Option("dampening", 0), Option("weight_decay", 0),
                options.TryGetProperty("nesterov", out var nesterov) && nesterov.GetBoolean()),
            _ => throw new AssertFailedException("Unknown optimizer " + kind),
        };

        double Option(string name, double otherwise) => options.TryGetProperty(name, out var value) ? value.GetDouble() : otherwise;
    }

    private static (Tensor? Input, Tensor? Loss) Loss(JsonElement item)
    {
        var kind = item.GetProperty("loss").GetString();
        var reduction = item.TryGetProperty("reduction", out var text) ? text.GetString() : "mean";
        var how = reduction switch { "none" => nn.Reduction.None, "sum" => nn.Reduction.Sum, _ => nn.Reduction.Mean };
        var input = Read(item.GetProperty(item.TryGetProperty("logits", out _) ? "logits" : "input"), float64).requires_grad_();
        var target = item.TryGetProperty("target", out var values) ? Read(values, float64) : null;
        if (target is null)
        {
            return (null, null);
        }
        var weight = Optional("weight");
        return kind switch
        {
            "cross_entropy" => (input, nn.functional.cross_entropy(
                input, target.shape.Length == 1 ? target.to(int64) : target, weight,
                item.TryGetProperty("ignore_index", out var ignored) ? ignored.GetInt64() : -100, how,
                item.TryGetProperty("label_smoothing", out var smoothing) ? smoothing.GetDouble() : 0)),
            "bce_with_logits" or "binary_cross_entropy_with_logits" =>
                (input, nn.functional.binary_cross_entropy_with_logits(input, target, weight, how, Optional("pos_weight"))),
            "mse" or "mse_loss" => (input, nn.functional.mse_loss(input, target, how)),
            "l1" or "l1_loss" => (input, nn.functional.l1_loss(input, target, how)),
            "huber" or "huber_loss" => (input, nn.functional.huber_loss(input, target, Parameter("delta"), how)),
            "smooth_l1" or "smooth_l1_loss" => (input, nn.functional.smooth_l1_loss(input, target, how, Parameter("beta"))),
            _ => (null, null),
        };

        Tensor? Optional(string name) =>
            item.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.Array ? Read(found, float64) : null;

        double Parameter(string name) => item.TryGetProperty(name, out var found) ? found.GetDouble() : 1;
    }

    private static List<JsonElement> Cases(string file)
    {
        var path = Path.Combine(Folder, file);
        Assert.IsTrue(File.Exists(path), $"{path} is missing; LORA_GOLDENS names the folder of recorded numbers.");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.GetProperty("cases").EnumerateArray().Select(item => item.Clone()).ToList();
    }

    private static void Report(string what, int run, IReadOnlyCollection<string> left)
    {
        Console.WriteLine($"{what}: {run} cases from {Folder} run, {left.Count} left out{(left.Count > 0 ? ": " + string.Join(", ", left) : "")}");
        Assert.IsGreaterThan(0, run, what);
    }

    private static Tensor Value(JsonElement value) => value.ValueKind == JsonValueKind.Array ? Read(value, float64) : tensor(Goldens.Number(value));

    private static Tensor Read(JsonElement value, ScalarType type)
    {
        var shape = new List<long>();
        for (var level = value; level.ValueKind == JsonValueKind.Array; level = level[0])
        {
            shape.Add(level.GetArrayLength());
        }
        var data = new List<double>();
        Collect(value);
        return tensor(data.ToArray(), shape.ToArray()).to(type);

        void Collect(JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in element.EnumerateArray())
                {
                    Collect(item);
                }
            }
            else
            {
                data.Add(Goldens.Number(element));
            }
        }
    }

    private static void Clipped(string name, double expected, double actual)
    {
        if (double.IsNaN(expected) || double.IsInfinity(expected) || expected == 0)
        {
            Assert.AreEqual(expected, actual, name);
            return;
        }
        Assert.IsLessThanOrEqualTo(ClippingRelative * Math.Abs(expected), Math.Abs(expected - actual), $"{name}: {actual}, expected {expected}");
    }

    private static void Near(string name, ScalarType type, Tensor expected, Tensor actual)
    {
        CollectionAssert.AreEqual(expected.shape, actual.shape, name);
        var left = expected.contiguous().data<double>().ToArray();
        var right = actual.detach().to(float64).contiguous().data<double>().ToArray();
        for (var k = 0; k < left.Length; k++)
        {
            Near($"{name}[{k}]", type, left[k], right[k]);
        }
    }

    private static void Near(string name, ScalarType type, double expected, double actual)
    {
        if (double.IsNaN(expected) || double.IsInfinity(expected))
        {
            Assert.AreEqual(expected, actual, name);
            return;
        }
        var allowed = type == float64 ? Float64Relative * Math.Max(1, Math.Abs(expected)) : Float32Absolute * Math.Max(1, Math.Abs(expected));
        Assert.IsLessThanOrEqualTo(allowed, Math.Abs(expected - actual), $"{name}: {actual}, expected {expected}");
    }
}
