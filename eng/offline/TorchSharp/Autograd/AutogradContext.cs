using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>What forward leaves for backward.</summary>
        public class AutogradContext : IDisposable
        {
            private readonly Dictionary<string, object> _data = [];
            private List<Tensor> _toSave = [];
            private int _savedCount;
            private nint _node;

            internal AutogradContext()
            {
            }

            public bool MaterializeGrads { get; private set; } = true;

            internal List<Tensor> Dirty { get; private set; } = [];

            internal List<Tensor> NonDifferentiable { get; private set; } = [];

            public void save_for_backward(List<Tensor> tensors) => _toSave = tensors;

            public void save_data(string key, object value) => _data[key] = value;

            public object get_data(string key) => _data.TryGetValue(key, out var value) ? value : null!;

            public void mark_dirty(List<Tensor> tensors) => Dirty = [.. tensors];

            public void mark_non_differentiable(List<Tensor> tensors) => NonDifferentiable = [.. tensors];

            public void set_materialize_grads(bool value) => MaterializeGrads = value;

            public unsafe List<Tensor> get_saved_variables()
            {
                var handles = new nint[_savedCount];
                fixed (nint* p = handles)
                {
                    Shim.Check(Shim.ts_node_unpack(_node, p, handles.Length));
                }
                return handles.Select(handle => handle == 0 ? null! : new Tensor(handle)).ToList();
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
            }

            /// <summary>Hands the tensors over to the native node; the managed references are not needed after that.</summary>
            internal unsafe void Save(nint owner)
            {
                _node = Shim.ts_node_address(owner);
                var handles = _toSave.Select(tensor => tensor is null || tensor.IsInvalid ? 0 : tensor.Handle).ToArray();
                fixed (nint* p = handles)
                {
                    Shim.Check(Shim.ts_node_save(owner, p, handles.Length));
                }
                _savedCount = handles.Length;
                GC.KeepAlive(_toSave);
                _toSave = [];
                Dirty = [];
                NonDifferentiable = [];
            }
        }
    }
}
