using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>What scopes dispose, keep and count.</summary>
[TestClass]
public sealed class DisposeScopeTests
{
    [TestInitialize]
    public void Reset() => DisposeScopeManager.Statistics.Reset();

    [TestMethod]
    public void A_scope_disposes_what_was_made_in_it()
    {
        Tensor inner, kept;
        using (var scope = NewDisposeScope())
        {
            inner = ones(2);
            kept = (inner * 2).MoveToOuterDisposeScope();
            Assert.AreEqual(1, scope.DisposablesCount, "the moved tensor left for no scope");
            Assert.IsTrue(scope.Contains(inner));
        }
        Assert.IsTrue(inner.IsInvalid);
        Assert.IsFalse(kept.IsInvalid);
        kept.Dispose();
        var statistics = DisposeScopeManager.Statistics;
        Assert.AreEqual(2, statistics.CreatedInScopeCount);
        Assert.AreEqual(1, statistics.DisposedInScopeCount);
        Assert.AreEqual(1, statistics.DetachedFromScopeCount);
        Assert.AreEqual(0, statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void Scopes_nest()
    {
        using var outer = NewDisposeScope();
        Tensor passed;
        using (var inner = NewDisposeScope())
        {
            passed = inner.MoveToOuter(ones(2));
            _ = ones(3);
            Assert.AreEqual(1, inner.DisposablesCount);
        }
        Assert.IsFalse(passed.IsInvalid);
        Assert.IsTrue(outer.Contains(passed));
        Assert.AreEqual(1, outer.DisposablesCount);
        outer.DisposeEverythingBut(passed);
        Assert.IsFalse(passed.IsInvalid);
        outer.Detach(passed);
        outer.Dispose();
        Assert.IsFalse(passed.IsInvalid);
        passed.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => outer.DisposablesCount);
    }

    [TestMethod]
    public void Tensors_made_outside_are_counted_outside()
    {
        using (ones(2))
        {
            Assert.AreEqual(1, DisposeScopeManager.Statistics.CreatedOutsideScopeCount);
            Assert.AreEqual(1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
        Assert.AreEqual(0, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var scope = NewDisposeScope();
        using var early = ones(2);
        early.Dispose();
        Assert.AreEqual(0, scope.DisposablesCount);
        Assert.AreEqual(1, DisposeScopeManager.Statistics.DisposedInScopeCount);
    }

    [TestMethod]
    public void Scopes_belong_to_their_thread()
    {
        using var scope = NewDisposeScope();
        Tensor? elsewhere = null;
        var thread = new Thread(() => elsewhere = ones(2));
        thread.Start();
        thread.Join();
        Assert.AreEqual(0, scope.DisposablesCount);
        Assert.IsFalse(scope.Contains(elsewhere!));
        elsewhere!.Dispose();
    }

    [TestMethod]
    public void Attaching_moves_between_scopes()
    {
        using var outer = NewDisposeScope();
        var x = ones(2);
        using var inner = NewDisposeScope();
        inner.Attach(x);
        Assert.AreEqual(0, outer.DisposablesCount);
        Assert.AreEqual(1, inner.DisposablesCount);
        x.MoveToOtherDisposeScope(outer);
        Assert.AreEqual(1, outer.DisposablesCount);
        var free = ones(1).DetachFromDisposeScope();
        free.MoveToOtherDisposeScope(outer);
        Assert.IsTrue(outer.Contains(free));
        Assert.ThrowsExactly<InvalidOperationException>(() => inner.Attach(new MemoryStream()));
    }

    [TestMethod]
    public void A_parameter_empties_its_source_and_takes_its_place()
    {
        using (var scope = NewDisposeScope())
        {
            var source = ones(2, 3);
            var parameter = new Parameter(source);
            Assert.IsTrue(source.IsInvalid);
            Assert.ThrowsExactly<InvalidOperationException>(() => source.shape);
            Assert.IsTrue(parameter.requires_grad);
            Assert.IsTrue(scope.Contains(parameter));
            Assert.IsFalse(scope.Contains(source));
            Assert.AreEqual(1, scope.DisposablesCount);
        }
        var free = new Parameter(ones(2), requires_grad: false);
        Assert.IsFalse(free.requires_grad);
        free.Dispose();
    }

    [TestMethod]
    public void The_collector_frees_what_nobody_disposed()
    {
        var before = Tensor.TotalCount;
        MakeAndDrop();
        for (var k = 0; k < 10 && Tensor.TotalCount > before; k++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.IsLessThanOrEqualTo(before, Tensor.TotalCount);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void MakeAndDrop()
        {
            for (var k = 0; k < 100; k++)
            {
                _ = ones(16);
            }
        }
    }

    [TestMethod]
    public void An_operator_in_a_loop_leaves_nothing()
    {
        var x = ones(4).requires_grad_();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var k = 0; k < 20; k++)
        {
            using var scope = NewDisposeScope();
            var parts = x.exp().chunk(2);
            var (values, _) = cat(parts).max(0);
            values.backward();
            x.grad!.Dispose();
            x.grad = null;
        }
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        x.Dispose();
    }
}
