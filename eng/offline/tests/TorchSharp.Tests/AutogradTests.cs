using System.Runtime.InteropServices;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Gradient modes, backward and functions with gradients of their own.</summary>
[TestClass]
public sealed class AutogradTests
{
    private sealed class Scaled : autograd.SingleTensorFunction<Scaled>
    {
        public override string Name => nameof(Scaled);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            Assert.IsFalse(is_grad_enabled(), "forward runs without a graph");
            var (x, y) = ((Tensor)vars[0], (Tensor)vars[1]);
            ctx.save_for_backward([x, y]);
            ctx.save_data("factor", vars[2]);
            return x * y * (double)vars[2];
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var saved = ctx.get_saved_variables();
            var factor = (double)ctx.get_data("factor");
            return [grad_output * saved[1] * factor, grad_output * saved[0] * factor, null!];
        }
    }

    private sealed class Parts : autograd.MultiTensorFunction<Parts>
    {
        public override string Name => nameof(Parts);

        public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var x = (Tensor)vars[0];
            ctx.save_for_backward([x]);
            return [x.sin(), x.cos()];
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
        {
            var x = ctx.get_saved_variables()[0];
            return [(grad_outputs[0] * x.cos()) - (grad_outputs[1] * x.sin())];
        }
    }

    private sealed class Failing : autograd.SingleTensorFunction<Failing>
    {
        public override string Name => nameof(Failing);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).clone();

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
            throw new InvalidOperationException("this gradient does not work");
    }

    private sealed class Marking : autograd.MultiTensorFunction<Marking>
    {
        internal static readonly List<string> Seen = [];

        public override string Name => nameof(Marking);

        public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.set_materialize_grads(false);
            var (x, place) = ((Tensor)vars[0], (Tensor)vars[1]);
            place.add_(1);
            ctx.mark_dirty([place]);
            var rounded = x.floor();
            ctx.mark_non_differentiable([rounded]);
            Seen.Add($"materialize {ctx.MaterializeGrads}");
            return [x * 2, rounded, place];
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
        {
            Seen.Add(string.Join(' ', grad_outputs.Select(grad => grad is null || grad.IsInvalid ? "none" : "some")));
            return [grad_outputs[0] * 2, null!];
        }
    }

    [TestMethod]
    public void A_function_marks_its_outputs()
    {
        Marking.Seen.Clear();
        var (x, place) = (tensor(new[] { 1.5, 2.5 }, requires_grad: true), zeros(2, dtype: float64));
        var made = Marking.apply(x, place);
        Assert.IsTrue(made[0].requires_grad);
        Assert.IsFalse(made[1].requires_grad);
        Assert.AreEqual(2.0, place.sum().item<double>());
        made[0].sum().backward();
        CollectionAssert.AreEqual(new[] { 2.0, 2.0 }, x.grad!.data<double>().ToArray());
        CollectionAssert.AreEqual(new[] { "materialize False", "some none none" }, Marking.Seen);
    }

    [TestMethod]
    public void A_function_of_two_tensors_and_a_number()
    {
        using var scope = NewDisposeScope();
        Finite.Check(
            nameof(Scaled), t => Scaled.apply(t[0] * 2, t[1], 1.5).exp(), Finite.Values(-0.5, 0.5, 2, 3), Finite.Values(0.2, 0.9, 2, 3));
        Finite.Check("one input needs no gradient", t => Scaled.apply(t[0], ones(3, dtype: float64), 2.0), Finite.Values(-1, 1, 3));
    }

    [TestMethod]
    public void A_function_of_several_outputs()
    {
        using var scope = NewDisposeScope();
        Finite.Check(nameof(Parts), t => Parts.apply(t[0])[0] + (Parts.apply(t[0])[1] * 2), Finite.Values(-1, 1, 4));
        Finite.Check("an output that is not used", t => Parts.apply(t[0])[1], Finite.Values(-1, 1, 4));
        Assert.HasCount(2, Parts.apply_internal(ones(1)));
    }

    [TestMethod]
    public void A_function_outside_of_a_graph_needs_no_gradient()
    {
        using (no_grad())
        {
            Assert.IsFalse(Scaled.apply(ones(2).requires_grad_(), ones(2), 1.0).requires_grad);
        }
        Assert.IsFalse(Scaled.apply(ones(2), ones(2), 1.0).requires_grad);
        Assert.IsTrue(Scaled.apply(ones(2).requires_grad_(), ones(2), 1.0).requires_grad);
    }

    [TestMethod]
    public void A_failure_in_a_gradient_becomes_an_exception_of_backward()
    {
        var y = Failing.apply(ones(2).requires_grad_()).sum();
        var failure = Assert.ThrowsExactly<ExternalException>(() => y.backward());
        Assert.Contains("this gradient does not work", failure.Message);
    }

    [TestMethod]
    public void Saved_tensors_are_let_go_with_the_graph()
    {
        var context = new WeakReference(null);
        void Run()
        {
            using var scope = NewDisposeScope();
            var x = ones(4).requires_grad_();
            for (var k = 0; k < 50; k++)
            {
                Scaled.apply(x, ones(4), 1.0).sum().backward();
            }
        }
        Run();
        var before = Tensor.TotalCount;
        Run();
        Assert.AreEqual(before, Tensor.TotalCount);
        GC.KeepAlive(context);
    }

    [TestMethod]
    public void Gradients_add_up_until_they_are_cleared()
    {
        var x = ones(2).requires_grad_();
        (x * 2).sum().backward();
        (x * 3).sum().backward();
        CollectionAssert.AreEqual(new[] { 5f, 5f }, x.grad!.data<float>().ToArray());
        x.grad = null;
        Assert.IsNull(x.grad);
        (x * 3).sum().backward();
        CollectionAssert.AreEqual(new[] { 3f, 3f }, x.grad!.data<float>().ToArray());
    }

    [TestMethod]
    public void Backward_twice_needs_the_graph_kept()
    {
        var x = ones(2).requires_grad_();
        var y = x.exp().sum();
        autograd.backward(y, (IList<Tensor>?)null, retain_graph: true);
        y.backward();
        Assert.ThrowsExactly<ExternalException>(() => y.backward());
    }

    [TestMethod]
    public void Gradients_of_named_inputs_and_second_derivatives()
    {
        var x = tensor(new[] { 2.0, 3.0 }, requires_grad: true);
        var first = autograd.grad([(x * x * x).sum()], [x], retain_graph: true, create_graph: true)[0];
        CollectionAssert.AreEqual(new[] { 12.0, 27.0 }, first.detach().data<double>().ToArray());
        var second = autograd.grad([first.sum()], [x])[0];
        CollectionAssert.AreEqual(new[] { 12.0, 18.0 }, second.data<double>().ToArray());
        Assert.IsNull(x.grad);
        Assert.ThrowsExactly<ExternalException>(() => autograd.grad([x.sum()], [ones(2).requires_grad_()]));
    }

    [TestMethod]
    public void Leaves_and_retained_gradients()
    {
        var x = ones(2).requires_grad_();
        var y = x * 2;
        Assert.IsTrue(x.is_leaf);
        Assert.IsFalse(y.is_leaf);
        y.retain_grad();
        y.sum().backward();
        CollectionAssert.AreEqual(new[] { 1f, 1f }, y.grad!.data<float>().ToArray());
        Assert.IsFalse(y.detach().requires_grad);
    }

    [TestMethod]
    public void Gradient_mode_belongs_to_the_thread_and_nests()
    {
        Assert.IsTrue(is_grad_enabled());
        using (no_grad())
        {
            Assert.IsFalse(is_grad_enabled());
            using (enable_grad())
            {
                Assert.IsTrue((ones(1).requires_grad_() * 2).requires_grad);
            }
            Assert.IsFalse((ones(1).requires_grad_() * 2).requires_grad);
            var other = false;
            var thread = new Thread(() => other = is_grad_enabled());
            thread.Start();
            thread.Join();
            Assert.IsTrue(other);
        }
        Assert.IsTrue(is_grad_enabled());
        using (inference_mode())
        {
            Assert.IsTrue(is_inference_mode_enabled());
            Assert.IsFalse((ones(1) * 2).requires_grad);
        }
        Assert.IsFalse(is_inference_mode_enabled());
    }
}
