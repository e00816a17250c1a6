namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>TorchSharp's <c>Activations</c>.</summary>
        public enum Activations
        {
            ReLU = 0,
            GELU = 1,
        }
    }
}
