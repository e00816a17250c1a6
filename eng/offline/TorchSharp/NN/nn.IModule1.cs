namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Something that can be called like a module with 1 input.</summary>
        public interface IModule<T, TResult>
        {
            TResult call(T input1);
        }
    }
}
