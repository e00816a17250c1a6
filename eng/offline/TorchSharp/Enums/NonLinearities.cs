namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>TorchSharp's <c>NonLinearities</c>.</summary>
        public enum NonLinearities
        {
            ReLU = 0,
            Tanh = 1,
        }
    }
}
