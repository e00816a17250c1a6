using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Tensors that change their scope, one or several at a time.</summary>
[TestClass]
public sealed class ScopeTransferTests
{
    [TestMethod]
    public void Moving_to_the_outer_scope()
    {
        using var outer = NewDisposeScope();
        Tensor[] moved;
        using (var inner = NewDisposeScope())
        {
            Assert.AreSame(inner, CurrentDisposeScope);
            var one = inner.MoveToOuter(ones(1));
            var (two, three) = inner.MoveToOuter(ones(2), ones(3));
            var (four, five, six) = inner.MoveToOuter(ones(4), ones(5), ones(6));
            Tensor seven = ones(7), eight = ones(8), nine = ones(9);
            inner.MoveToOuter(seven, eight, nine, ones(1));
            inner.MoveToOuter((IEnumerable<IDisposable>)[nine, ones(9).MoveToOuterDisposeScope()]);
            moved = [one, two, three, four, five, six, seven, eight, nine];
            Assert.AreEqual(0, inner.DisposablesCount);
        }
        Assert.IsTrue(moved.All(tensor => !tensor.IsInvalid && outer.Contains(tensor)));
        Assert.AreEqual(11, outer.DisposablesCount);
        Assert.HasCount(11, outer.DisposablesView);
    }

    [TestMethod]
    public void Moving_to_a_scope_of_choice()
    {
        using var first = NewDisposeScope();
        using var second = NewDisposeScope();
        using var third = NewDisposeScope();
        third.MoveToOther(first, ones(1));
        var (_, b) = third.MoveToOther(first, ones(1), ones(1));
        var (_, _, f) = third.MoveToOther(first, ones(1), ones(1), ones(1));
        third.MoveToOther(first, ones(1), ones(1), ones(1), ones(1));
        third.MoveToOther(first, (IEnumerable<IDisposable>)[ones(1), ones(1)]);
        Assert.AreEqual(12, first.DisposablesCount);
        Assert.AreEqual(0, third.DisposablesCount);
        var here = ones(1);
        Assert.AreSame(here, here.MoveToOtherDisposeScope(b));
        Assert.IsTrue(first.Contains(here));
        Assert.AreSame(f, f.MoveToOtherDisposeScope(second));
        Assert.IsTrue(second.Contains(f) && !first.Contains(f));
        f.DetachFromDisposeScope();
        f.MoveToOtherDisposeScope(third);
        Assert.IsTrue(third.Contains(f), "without a scope, moving attaches");
        third.MoveToOther(null, f);
        Assert.IsFalse(third.Contains(f), "moving to no scope detaches");
        f.Dispose();
        third.MarkAsDisposed(here);
        Assert.IsFalse(third.Contains(here));
    }

    [TestMethod]
    public void Detaching_and_attaching_several()
    {
        Tensor a, b, c, d, e, f, g, h;
        using (var scope = NewDisposeScope())
        {
            (a, b) = scope.Detach(ones(1), ones(1));
            (c, d, e) = scope.Detach(ones(1), ones(1), ones(1));
            (f, g, h) = (ones(1), ones(1), ones(1));
            scope.Detach(f, g, f, g);
            scope.Detach((IEnumerable<IDisposable>)[h]);
            Assert.AreEqual(0, scope.DisposablesCount);
        }
        Tensor[] all = [a, b, c, d, e, f, g, h];
        Assert.IsTrue(all.All(tensor => !tensor.IsInvalid));
        using (var scope = NewDisposeScope())
        {
            scope.Attach(a, b);
            CollectionAssert.AreEqual(all[2..], scope.Attach((IEnumerable<IDisposable>)all[2..]).ToArray());
            Assert.AreEqual(all.Length, scope.DisposablesCount);
            Assert.ThrowsExactly<InvalidOperationException>(() => scope.Attach(new MemoryStream()));
        }
        Assert.IsTrue(all.All(tensor => tensor.IsInvalid));
    }

    [TestMethod]
    public void Disposing_all_but_some()
    {
        using var scope = NewDisposeScope();
        var a = scope.DisposeEverythingBut(ones(1));
        var (b, c) = scope.DisposeEverythingBut(ones(1), ones(1));
        Assert.IsTrue(a.IsInvalid && !b.IsInvalid && !c.IsInvalid);
        var (d, e, f) = scope.DisposeEverythingBut(ones(1), ones(1), ones(1));
        Assert.IsTrue(b.IsInvalid && c.IsInvalid && !d.IsInvalid && !e.IsInvalid && !f.IsInvalid);
        scope.DisposeEverythingBut(d, e, d, e);
        Assert.IsTrue(f.IsInvalid && !d.IsInvalid && !e.IsInvalid);
        scope.DisposeEverythingBut((IEnumerable<IDisposable>)[e]);
        Assert.IsTrue(d.IsInvalid && !e.IsInvalid);
        scope.DisposeEverything();
        Assert.IsTrue(e.IsInvalid);
        scope.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => scope.DisposablesCount);
    }
}
