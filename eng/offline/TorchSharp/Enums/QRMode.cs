namespace TorchSharp;

public static partial class torch
{
    public static partial class linalg
    {
        /// <summary>TorchSharp's <c>QRMode</c>.</summary>
        public enum QRMode
        {
            Reduced = 0,
            Complete = 1,
            R = 2,
        }
    }
}
