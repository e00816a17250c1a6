using System.Runtime.InteropServices;
using System.Text;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>The managed half of a graph node: lives from forward until libtorch drops the node.</summary>
        internal sealed unsafe class FunctionNode
        {
            private readonly Func<AutogradContext, List<Tensor>, List<Tensor>> _backward;
            private readonly string _name;
            private readonly bool[] _isTensorInput;
            private (long[] Shape, ScalarType Type, Device Device)[] _outputs = [];

            internal FunctionNode(string name, object[] inputs, Func<AutogradContext, List<Tensor>, List<Tensor>> backward)
            {
                _name = name;
                _backward = backward;
                _isTensorInput = Array.ConvertAll(inputs, input => input is Tensor { IsInvalid: false });
            }

            internal AutogradContext Context { get; } = new();

            internal static List<Tensor> Apply(
                string name, object[] inputs, Func<AutogradContext, List<Tensor>> forward,
                Func<AutogradContext, List<Tensor>, List<Tensor>> backward)
            {
                var node = new FunctionNode(name, inputs, backward);
                var variables = inputs.OfType<Tensor>().Where(tensor => !tensor.IsInvalid).ToList();
                var executable = is_grad_enabled() && variables.Exists(tensor => tensor.requires_grad);
                var handles = Handles(variables);
                nint owner;
                fixed (nint* h = handles)
                {
                    var self = GCHandle.ToIntPtr(GCHandle.Alloc(node));
                    owner = Shim.Check(Shim.ts_node_new(self, &Backward, &Release, h, handles.Length, executable ? 1 : 0));
                }
                try
                {
                    List<Tensor> outputs;
                    using (no_grad())
                    {
                        outputs = forward(node.Context);
                    }
                    var results = node.Wrap(executable ? owner : 0, handles, outputs);
                    if (executable)
                    {
                        node._outputs = [.. results.Select(result => (result.shape, result.dtype, result.device))];
                        node.Context.Save(owner);
                    }
                    GC.KeepAlive(variables);
                    return results;
                }
                finally
                {
                    Shim.ts_node_free(owner);
                }
            }

            private List<Tensor> Wrap(nint owner, nint[] inputs, List<Tensor> outputs)
            {
                var raw = Handles(outputs);
                var constants = Handles(Context.NonDifferentiable);
                var dirty = Handles(Context.Dirty);
                var results = new nint[raw.Length];
                fixed (nint* i = inputs, c = constants, d = dirty, o = raw, r = results)
                {
                    Shim.Check(Shim.ts_node_wrap(
                        owner, i, inputs.Length, c, constants.Length, d, dirty.Length, o, raw.Length, r));
                }
                GC.KeepAlive(outputs);
                return results.Select(handle => new Tensor(handle)).ToList();
            }

            private List<Tensor> RunBackward(ReadOnlySpan<nint> grads)
            {
                var inputs = new List<Tensor>(grads.Length);
                for (var k = 0; k < grads.Length; k++)
                {
                    if (grads[k] != 0 || !Context.MaterializeGrads || k >= _outputs.Length)
                    {
                        inputs.Add(new Tensor(grads[k]));
                    }
                    else
                    {
                        inputs.Add(zeros(_outputs[k].Shape, _outputs[k].Type, _outputs[k].Device));
                    }
                }
                var found = _backward(Context, inputs);
                if (found.Count > _isTensorInput.Length && found.Skip(_isTensorInput.Length).All(t => t is null || t.IsInvalid))
                {
                    found = found.GetRange(0, _isTensorInput.Length);
                }
                if (found.Count != _isTensorInput.Length)
                {
                    throw new NotImplementedException(
                        $"Function {_name} returned an incorrect number of gradients (expected {_isTensorInput.Length}), got {found.Count}");
                }
                var results = new List<Tensor>();
                for (var k = 0; k < found.Count; k++)
                {
                    var given = found[k] is { IsInvalid: false };
                    if (_isTensorInput[k])
                    {
                        results.Add(given ? found[k] : null!);
                    }
                    else if (given)
                    {
                        throw new NotImplementedException(
                            $"Function {_name} returned a gradient different that is defined at position {k + 1}, " +
                            "but the corresponding forward input was not a Tensor");
                    }
                }
                return results;
            }

            [UnmanagedCallersOnly]
            private static int Backward(nint context, nint* grads, int count, nint* outputs, int capacity, byte* error, int errorSize)
            {
                try
                {
                    var node = (FunctionNode)GCHandle.FromIntPtr(context).Target!;
                    var results = node.RunBackward(new ReadOnlySpan<nint>(grads, count));
                    for (var k = 0; k < capacity && k < results.Count; k++)
                    {
                        outputs[k] = results[k] is null ? 0 : Shim.ts_tensor_share(results[k].Handle);
                        GC.KeepAlive(results[k]);
                    }
                    return 0;
                }
                catch (Exception failure)
                {
                    // Nothing may be thrown through native frames; libtorch turns the text into the exception of backward.
                    var text = Encoding.UTF8.GetBytes($"{failure.GetType().Name}: {failure.Message}");
                    var length = Math.Min(text.Length, errorSize - 1);
                    text.AsSpan(0, length).CopyTo(new Span<byte>(error, errorSize));
                    error[length] = 0;
                    return -1;
                }
            }

            [UnmanagedCallersOnly]
            private static void Release(nint context)
            {
                var self = GCHandle.FromIntPtr(context);
                ((FunctionNode)self.Target!).Context.Dispose();
                self.Free();
            }
        }
    }
}
