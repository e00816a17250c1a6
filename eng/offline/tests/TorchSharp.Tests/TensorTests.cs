using System.Runtime.InteropServices;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

[TestClass]
public sealed class TensorTests
{
    [TestMethod]
    public void Matrix_product_and_bias()
    {
        var x = tensor(new float[,] { { 1, 2 }, { 3, 4 } });
        var w = tensor(new float[,] { { 5, 6 }, { 7, 8 }, { 9, 10 } });
        var b = tensor(new float[] { 1, 2, 3 });
        var y = nn.functional.linear(x, w, b);
        CollectionAssert.AreEqual(new float[] { 18, 25, 32, 40, 55, 70 }, y.data<float>().ToArray());
        CollectionAssert.AreEqual(new long[] { 2, 3 }, y.shape);
    }

    [TestMethod]
    public void Wrong_shapes_throw_and_do_not_abort()
    {
        var a = ones(2, 3);
        var b = ones(4, 5);
        Assert.ThrowsExactly<ExternalException>(() => a.mm(b));
        Assert.ThrowsExactly<ExternalException>(() => a.matmul(b));
    }

    [TestMethod]
    public void Backward_through_a_small_net()
    {
        var w = tensor(new double[] { 2, 3 }, requires_grad: true);
        var loss = (w * w * 3.0).sum();
        loss.backward();
        CollectionAssert.AreEqual(new double[] { 12, 18 }, w.grad!.data<double>().ToArray());
    }

    private sealed class Cube : autograd.SingleTensorFunction<Cube>
    {
        public override string Name => nameof(Cube);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var x = (Tensor)vars[0];
            ctx.save_for_backward([x]);
            ctx.save_data("factor", vars[1]);
            return x * x * x * (double)vars[1];
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var x = ctx.get_saved_variables()[0];
            return [grad_output * x * x * 3.0 * (double)ctx.get_data("factor"), null!];
        }
    }

    [TestMethod]
    public void Managed_function_with_its_own_gradient()
    {
        var x = tensor(new double[] { 1, 2, -3 }, requires_grad: true);
        var y = Cube.apply(x, 2.0);
        CollectionAssert.AreEqual(new double[] { 2, 16, -54 }, y.detach().data<double>().ToArray());
        y.sum().backward();
        CollectionAssert.AreEqual(new double[] { 6, 24, 54 }, x.grad!.data<double>().ToArray());
    }
}
