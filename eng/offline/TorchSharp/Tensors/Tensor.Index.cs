using System.Runtime.CompilerServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => index(TensorIndex.Single(i1));
            set => index_put_(value, TensorIndex.Single(i1));
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => index(TensorIndex.Single(i1), TensorIndex.Single(i2));
            set => index_put_(value, TensorIndex.Single(i1), TensorIndex.Single(i2));
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => index(TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3));
            set => index_put_(value, TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3));
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => index(Array.ConvertAll(indices, place => TensorIndex.Single(place)));
            set => index_put_(value, Array.ConvertAll(indices, place => TensorIndex.Single(place)));
        }

        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor index(params Tensor[] indices) => Ops.index_Tensor.Call(this, Arg.Indices(indices));

        public Tensor index(params TensorIndex[] indices)
        {
            using var view = Narrowed(indices, out var tensors);
            return tensors is null ? view.alias() : Ops.index_Tensor.Call(view, Arg.Indices(tensors));
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => Chain(Ops.index_put_, this, Arg.Indices(indices), value);

        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            using var view = Narrowed(indices, out var tensors);
            if (tensors is null)
            {
                Ops.copy_.Run(view, value);
            }
            else
            {
                Ops.index_put_.Run(view, Arg.Indices(tensors), value);
            }
            return this;
        }

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var number = full([], value, dtype, device);
            return index_put_(number, indices);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices)
        {
            using var number = full([], value, dtype, device);
            return index_put_(number, indices);
        }

        // Applies everything that makes a view; what is left for advanced indexing comes out in tensors, one per dimension.
        private Tensor Narrowed(TensorIndex[] indices, out Tensor?[]? tensors)
        {
            var view = alias();
            var advanced = new List<Tensor?>();
            var consumed = indices.Count(i => i.Type is TensorIndex.Kind.Single or TensorIndex.Kind.Slice)
                + indices.Where(i => i.Type == TensorIndex.Kind.Tensor).Sum(i => IsMask(i.Target!) ? (int)i.Target!.ndim : 1);
            var place = 0;
            foreach (var one in indices)
            {
                switch (one.Type)
                {
                    case TensorIndex.Kind.None:
                        view = Replace(view, view.unsqueeze(place++));
                        advanced.Add(null);
                        break;
                    case TensorIndex.Kind.Single:
                        view = Replace(view, view.select(place, one.Start ?? 0));
                        break;
                    case TensorIndex.Kind.Slice:
                        view = Replace(view, Ops.slice_Tensor.Call(view, place++, one.Start, one.Stop, one.Step ?? 1));
                        advanced.Add(null);
                        break;
                    case TensorIndex.Kind.Ellipsis:
                        for (var skip = ndim - consumed; skip > 0; skip--, place++)
                        {
                            advanced.Add(null);
                        }
                        break;
                    case TensorIndex.Kind.Bool:
                        view = Replace(view, view.unsqueeze(place++));
                        advanced.Add(one.Start != 0 ? zeros([1], ScalarType.Int64, device: device) : empty([0], ScalarType.Int64, device: device));
                        break;
                    default:
                        advanced.Add(one.Target);
                        place += IsMask(one.Target!) ? (int)one.Target!.ndim : 1;
                        break;
                }
            }
            tensors = advanced.Exists(tensor => tensor is not null) ? [.. advanced] : null;
            return view;

            static bool IsMask(Tensor tensor) => tensor.dtype is ScalarType.Bool or ScalarType.Byte;

            static Tensor Replace(Tensor before, Tensor after)
            {
                before.Dispose();
                return after;
            }
        }
    }
}
