namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>An operator whose gradient is written in C#.</summary>
        public abstract class Function<T> where T : Function<T>, new()
        {
            internal static T Instance { get; } = new();

            public abstract string Name { get; }

            public static List<Tensor> apply_internal(params object[] vars) => FunctionNode.Apply(
                Instance.Name, vars, context => Instance.ForwardAll(context, vars),
                (context, grads) => Instance.BackwardAll(context, grads));

            internal abstract List<Tensor> ForwardAll(AutogradContext context, object[] inputs);

            internal abstract List<Tensor> BackwardAll(AutogradContext context, List<Tensor> grads);
        }
    }
}
