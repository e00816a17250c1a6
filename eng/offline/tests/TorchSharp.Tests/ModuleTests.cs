using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Names, order, modes and moves of modules.</summary>
[TestClass]
public sealed class ModuleTests
{
    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly Linear second;
        private readonly Linear first;
        [ComponentName(Name = "LayerNorm")]
        private readonly LayerNorm _norm;
        private readonly Parameter scale;
        private readonly Tensor mask;

        public Block()
            : base(nameof(Block))
        {
            first = nn.Linear(3, 4);
            second = nn.Linear(4, 3, hasBias: false);
            _norm = nn.LayerNorm(3);
            scale = new Parameter(ones(1));
            mask = zeros(3);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _norm.call(second.call(first.call(input).relu())) * scale + mask;
    }

    private sealed class Net : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly ModuleList<Block> blocks = nn.ModuleList(new Block(), new Block());
        private readonly Embedding words = nn.Embedding(5, 3);
        private readonly Dropout drop = nn.Dropout(0.5);

        public Net()
            : base(nameof(Net)) => RegisterComponents();

        public override Tensor forward(Tensor input1, Tensor input2)
        {
            var x = words.call(input1) + input2;
            foreach (var block in blocks)
            {
                x = block.call(x);
            }
            return drop.call(x);
        }
    }

    [TestMethod]
    public void Components_are_named_after_fields_in_their_order()
    {
        using var block = new Block();
        CollectionAssert.AreEqual(
            new[] { "scale", "second.weight", "first.weight", "first.bias", "LayerNorm.weight", "LayerNorm.bias" },
            block.named_parameters().Select(item => item.name).ToArray());
        CollectionAssert.AreEqual(new[] { "second", "first", "LayerNorm" }, block.named_children().Select(item => item.name).ToArray());
        CollectionAssert.AreEqual(new[] { "mask" }, block.named_buffers().Select(item => item.name).ToArray());
    }

    [TestMethod]
    public void A_state_dictionary_lists_parameters_then_buffers()
    {
        using var net = new Net();
        var keys = net.state_dict().Keys.ToArray();
        var block = new[] { "scale", "second.weight", "first.weight", "first.bias", "LayerNorm.weight", "LayerNorm.bias" };
        CollectionAssert.AreEqual(
            block.Select(k => "blocks.0." + k).Concat(block.Select(k => "blocks.1." + k)).Append("words.weight")
                .Concat(["blocks.0.mask", "blocks.1.mask"]).ToArray(),
            keys);
        Assert.IsTrue(net.has_parameter("blocks.1.first.bias"));
        Assert.IsFalse(net.has_parameter("blocks.2.first.bias"));
        Assert.AreSame(net.get_buffer("blocks.0.mask"), net.state_dict()["blocks.0.mask"]);
        CollectionAssert.Contains(net.named_modules().Select(item => item.name).ToArray(), "blocks.1.LayerNorm");
    }

    [TestMethod]
    public void States_are_copied_and_mismatches_refused()
    {
        using var source = new Net();
        using var target = new Net();
        target.load_state_dict(source.state_dict());
        foreach (var (key, value) in source.state_dict())
        {
            Assert.IsTrue(value.Equals(target.state_dict()[key]), key);
            Assert.AreNotSame(value, target.state_dict()[key]);
        }
        var partial = source.state_dict();
        partial.Remove("words.weight");
        partial.Add("extra", ones(1));
        Assert.ThrowsExactly<InvalidOperationException>(() => target.load_state_dict(partial));
        var (missing, unexpected) = target.load_state_dict(partial, strict: false);
        CollectionAssert.AreEqual(new[] { "words.weight" }, missing.ToArray());
        CollectionAssert.AreEqual(new[] { "extra" }, unexpected.ToArray());
    }

    [TestMethod]
    public void Registering_twice_or_badly_is_refused()
    {
        using var block = new Block();
        Assert.ThrowsExactly<InvalidOperationException>(() => block.register_module("first", nn.Linear(1, 1)));
        Assert.ThrowsExactly<ArgumentException>(() => block.register_module("a.b", nn.Linear(1, 1)));
        Assert.ThrowsExactly<InvalidOperationException>(() => block.register_buffer("mask", ones(1)));
        Assert.ThrowsExactly<ArgumentNullException>(() => block.register_parameter("none", null!));
        block.register_module("first", null!);
        block.register_module("first", nn.Linear(3, 4));
        CollectionAssert.AreEqual(new[] { "second", "LayerNorm", "first" }, block.named_children().Select(item => item.name).ToArray());
    }

    [TestMethod]
    public void Training_reaches_every_part()
    {
        using var net = new Net();
        var ids = tensor(new long[] { 0, 4 });
        net.eval();
        Assert.IsTrue(net.modules().All(module => !module.training));
        Assert.IsTrue(net.call(ids, ones(2, 3)).Equals(net.call(ids, ones(2, 3))));
        net.train();
        Assert.IsTrue(net.modules().All(module => module.training));
        Assert.IsTrue(net.call(ids, ones(2, 3)).eq(0).any().ToBoolean() || net.call(ids, ones(2, 3)).eq(0).any().ToBoolean());
    }

    [TestMethod]
    public void Moving_to_another_type_replaces_the_fields()
    {
        using var block = new Block();
        block.to(float64);
        foreach (var (name, value) in block.state_dict())
        {
            Assert.AreEqual(ScalarType.Float64, value.dtype, name);
        }
        Assert.AreEqual(ScalarType.Float64, block.call(ones(2, 3, dtype: float64)).dtype);
        Assert.IsTrue(block.parameters().All(parameter => parameter.requires_grad && parameter.is_leaf));
        Assert.ThrowsExactly<ArgumentException>(() => block.to(int64));
    }

    [TestMethod]
    public void Gradients_of_layers()
    {
        using var scope = NewDisposeScope();
        using var linear = nn.Linear(3, 2, dtype: float64);
        using var norm = nn.LayerNorm(2, dtype: float64);
        using var layers = nn.Sequential(("linear", linear), ("tanh", nn.Tanh()), ("norm", norm), ("gelu", nn.GELU()));
        CollectionAssert.AreEqual(
            new[] { "linear.weight", "linear.bias", "norm.weight", "norm.bias" }, layers.named_parameters().Select(item => item.name).ToArray());
        Finite.Check(nameof(nn.Sequential), t => layers.call(t[0]), Finite.Values(-1, 1, 4, 3));
        using var table = nn.Embedding(4, 2, padding_idx: 1, dtype: float64);
        Assert.AreEqual(0.0, table.weight![1].abs().sum().item<double>());
        table.call(tensor(new long[] { 0, 1, 0 })).sum().backward();
        CollectionAssert.AreEqual(new double[] { 2, 2, 0, 0, 0, 0, 0, 0 }, table.weight!.grad!.data<double>().ToArray());
    }

    [TestMethod]
    public void Activations_are_their_functions()
    {
        var x = Finite.Values(-2, 2, 5);
        Assert.IsTrue(nn.ReLU().call(x).Equals(x.relu()));
        Assert.IsTrue(nn.Tanh().call(x).Equals(x.tanh()));
        Assert.IsTrue(nn.GELU().call(x).Equals(x.gelu()));
        Assert.IsTrue(nn.SiLU().call(x).Equals(x.silu()));
        Assert.IsTrue(nn.Sigmoid().call(x).Equals(x.sigmoid()));
        Assert.IsTrue(nn.Identity().call(x).Equals(x));
    }

    [TestMethod]
    public void Hooks_see_and_change_calls()
    {
        using var linear = nn.Linear(2, 2);
        var seen = 0;
        var hook = linear.register_forward_hook((_, _, result) =>
        {
            seen++;
            return result * 0;
        });
        Assert.AreEqual(0f, linear.call(ones(1, 2)).abs().sum().item<float>());
        hook.remove();
        linear.call(ones(1, 2));
        Assert.AreEqual(1, seen);
    }

    [TestMethod]
    public void Initial_values_lie_in_their_bounds()
    {
        manual_seed(1);
        var w = empty(200, 50);
        nn.init.kaiming_uniform_(w, Math.Sqrt(5));
        Assert.IsLessThanOrEqualTo(1 / Math.Sqrt(50), w.abs().max().ToDouble());
        Assert.IsGreaterThan(0.9 / Math.Sqrt(50), w.abs().max().ToDouble());
        nn.init.xavier_uniform_(w);
        Assert.AreEqual(Math.Sqrt(6.0 / 250), w.abs().max().ToDouble(), 0.01);
        nn.init.normal_(w, 1, 0.02);
        Assert.AreEqual(1, w.mean().ToDouble(), 0.001);
        Assert.AreEqual(0.02, w.std().ToDouble(), 0.001);
        Assert.AreEqual(0, nn.init.zeros_(w).abs().sum().ToDouble());
    }

    [TestMethod]
    public void Disposing_a_module_disposes_its_parts()
    {
        var net = new Net();
        var parameters = net.parameters().ToArray();
        net.Dispose();
        Assert.IsTrue(parameters.All(parameter => parameter.IsInvalid));
        net.Dispose();
    }

    [TestMethod]
    public void Modules_move_by_type_and_device()
    {
        using var linear = nn.Linear(2, 2);
        Assert.AreEqual(ScalarType.Float64, linear.@double().weight!.dtype);
        Assert.AreEqual(ScalarType.Float32, linear.@float().weight!.dtype);
        Assert.AreEqual(ScalarType.Float16, linear.half().weight!.dtype);
        Assert.AreEqual(ScalarType.BFloat16, linear.bfloat16().weight!.dtype);
        Assert.AreEqual(ScalarType.Float32, linear.to(CPU, float32).weight!.dtype);
        Assert.AreSame(linear, linear.cpu().to(CPU).to(DeviceType.CPU));
        Assert.AreSame(linear, linear._to(ones(1, dtype: float64), false));
        Assert.AreEqual(ScalarType.Float64, linear.bias!.dtype);
        if (!cuda.is_available())
        {
            Assert.ThrowsExactly<InvalidOperationException>(() => linear.cuda());
        }
    }

    [TestMethod]
    public void Parts_are_found_by_name_and_visited()
    {
        using var net = new Net();
        CollectionAssert.AreEqual(net.named_children().Select(item => item.module).ToArray(), net.children().ToArray());
        Assert.HasCount(2, net.buffers());
        Assert.IsTrue(net.has_buffer("blocks.0.mask") && !net.has_buffer("blocks.0.scale"));
        Assert.AreSame(net.get_parameter("words.weight"), net.state_dict()["words.weight"]);
        var visited = new List<string>();
        Assert.AreSame(net, net.apply(module => visited.Add(module.GetName())));
        Assert.AreEqual(nameof(Net), visited[^1]);
        Assert.AreEqual("Tanh", nn.Tanh().GetName());
        net.call(tensor(new long[] { 1 }), ones(1, 3)).sum().backward();
        net.zero_grad(set_to_none: false);
        Assert.AreEqual(0f, net.get_parameter("words.weight")!.grad!.abs().sum().item<float>());
        net.zero_grad();
        Assert.IsNull(net.get_parameter("words.weight")!.grad);
        var field = typeof(Net).GetField("words", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!;
        Assert.AreEqual("words", field.ComponentName());
        Assert.AreEqual("LayerNorm", new TorchSharp.Utils.ComponentNameAttribute { Name = "LayerNorm" }.Name);
    }

    [TestMethod]
    public void Weights_can_be_replaced()
    {
        using var linear = nn.Linear(2, 1);
        linear.weight = nn.Parameter(ones(1, 2));
        linear.bias = nn.Parameter(zeros(1));
        Assert.AreEqual(2f, linear.call(ones(1, 2)).item<float>());
        linear.bias = null;
        CollectionAssert.AreEqual(new[] { "weight" }, linear.named_parameters().Select(item => item.name).ToArray());
        using var norm = nn.LayerNorm([2]);
        norm.weight = nn.Parameter(full(2, 3f));
        norm.bias = ones(2).AsParameter();
        CollectionAssert.AreEqual(new[] { -2f, 4f }, norm.call(tensor(new[] { 0f, 2f })).data<float>().ToArray().Select(value => MathF.Round(value, 3)).ToArray());
        Assert.IsTrue(norm.weight!.requires_grad && norm.bias!.requires_grad);
        using var table = nn.Embedding(2, 1);
        table.weight = nn.Parameter(tensor(new float[,] { { 1 }, { 2 } }));
        Assert.AreEqual(2f, table.call(tensor(1L)).item<float>());
        Assert.ThrowsExactly<ArgumentNullException>(() => table.weight = null);
    }

    [TestMethod]
    public void Lists_and_chains_of_modules()
    {
        var list = nn.ModuleList(nn.Tanh(), nn.Identity());
        Assert.HasCount(1, new TorchSharp.Modules.ModuleList<nn.Module>(nn.Tanh()));
        list.append(nn.ReLU());
        list.extend([nn.SiLU()]);
        list.Add(nn.GELU());
        list.Insert(0, nn.Sigmoid());
        Assert.AreEqual(6, list.Count);
        Assert.IsFalse(list.IsReadOnly);
        Assert.AreEqual(0, list.IndexOf(list[0]));
        list[0] = nn.Identity();
        var last = list[5];
        Assert.IsTrue(list.Contains(last) && list.Remove(last) && !list.Contains(last));
        list.RemoveAt(0);
        var copy = new nn.Module[5];
        list.CopyTo(copy, 1);
        Assert.AreSame(list[0], copy[1]);
        list.Clear();
        Assert.IsEmpty(list);
        using var chain = nn.Sequential(nn.Identity(), nn.ReLU());
        chain.append(nn.Tanh());
        chain.append("last", nn.Identity());
        Assert.AreEqual(4, chain.Count);
        CollectionAssert.AreEqual(new[] { "0", "1", "2", "last" }, chain.named_children().Select(item => item.name).ToArray());
        Assert.AreEqual(0f, chain.call(ones(1) * -1).item<float>());
    }

    [TestMethod]
    public void Hooks_before_and_after()
    {
        using var linear = nn.Linear(1, 1);
        var seen = new List<string>();
        using var doubled = nn.Identity();
        var hooks = new[]
        {
            linear.register_forward_pre_hook(module => seen.Add("before " + module.GetName())),
            linear.register_forward_hook(module => seen.Add("after " + module.GetName())),
        };
        linear.call(ones(1, 1));
        foreach (var hook in hooks)
        {
            hook.remove();
        }
        linear.call(ones(1, 1));
        CollectionAssert.AreEqual(new[] { "before Linear", "after Linear" }, seen);
        var change = doubled.register_forward_pre_hook((_, input) => input * 2);
        new nn.HookableModule<Func<nn.Module<Tensor, Tensor>, Tensor, Tensor>, Func<nn.Module<Tensor, Tensor>, Tensor, Tensor, Tensor>>.HookRemover(doubled, "another").remove();
        Assert.AreEqual(2f, doubled.call(ones(1)).item<float>());
        change.remove();
        Assert.AreEqual(1f, doubled.call(ones(1)).item<float>());
    }
}
