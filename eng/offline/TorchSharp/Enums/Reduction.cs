namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>TorchSharp's <c>Reduction</c>.</summary>
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }
    }
}
