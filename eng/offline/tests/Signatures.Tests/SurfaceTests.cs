using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Signatures;

/// <summary>The comparison itself: members are written as the lists write them, so that a difference shows.</summary>
[TestClass]
public sealed class SurfaceTests
{
    public enum Colour
    {
        Red = 1,
        Blue = 4,
    }

    public delegate int Choose<T>(ref T item, params long[] rest);

    public abstract class Sample<T> : IDisposable where T : class
    {
        public const string Name = "sample";
        protected readonly float[,] grid = new float[1, 1];

        protected internal Sample(T first, double rate = 1e-5)
        {
            _ = first;
            _ = rate;
        }

        public int Count { get; private set; }

        public T this[int row, long column]
        {
            get => throw new NotSupportedException();
            protected set => throw new NotSupportedException(value.ToString());
        }

        public abstract bool Try(string? text, out (int, long?) found, Colour colour = Colour.Blue);

        public virtual List<TItem> Pick<TItem>(char mark = 'x', bool? flag = null, float alpha = 0.5f) where TItem : unmanaged => [];

        public void Dispose()
        {
            Count++;
            GC.SuppressFinalize(this);
        }

        internal void Hidden() => Pick<int>();
    }

    [TestMethod]
    public void Members_are_written_as_in_the_lists()
    {
        var expected = new[]
        {
            "protected .ctor(T first, double rate = 1E-05)",
            "protected readonly float[,] grid",
            "public T Item[int row, long column] { get; }",
            "public abstract bool Try(string text, out System.ValueTuple<int, System.Nullable<long>> found, Signatures.SurfaceTests.Colour colour = Blue)",
            "public const string Name = sample",
            "public int Count { get; }",
            "public virtual System.Collections.Generic.List<TItem> Pick<TItem>(char mark = x, System.Nullable<bool> flag = default, float alpha = 0.5) where TItem: System.ValueType, new()",
            "public void Dispose()",
        };
        CollectionAssert.AreEqual(expected, Surface.Members(typeof(Sample<>)).Order(StringComparer.Ordinal).ToArray());
        CollectionAssert.AreEqual(new[] { "Red = 1", "Blue = 4" }, Surface.Members(typeof(Colour)).ToArray());
        CollectionAssert.AreEqual(new[] { "delegate int (ref T item, params long[] rest)" }, Surface.Members(typeof(Choose<>)).ToArray());
        Assert.AreEqual("Signatures.SurfaceTests.Sample<T>", Names.Of(typeof(Sample<>)));
        Assert.AreEqual("abstract class", Surface.Kind(typeof(Sample<>)));
    }
}
