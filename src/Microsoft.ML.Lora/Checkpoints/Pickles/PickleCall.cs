using System.Numerics;

namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>The arguments of a REDUCE: typed access, and errors that say what was found.</summary>
/// <param name="function">What is called, for messages.</param>
/// <param name="arguments">The arguments.</param>
/// <param name="stream">Where the reader stands, for messages.</param>
internal sealed class PickleCall(string function, object?[] arguments, PickleStream stream)
{
    public int Count => arguments.Length;

    public object? this[int index] => arguments[index];

    public PickleCall Expect(int least, int most) =>
        Count >= least && Count <= most ? this : throw stream.Error($"{function} has the wrong number of arguments", $"{Count}", least == most ? $"{least}" : $"{least} to {most}");

    public T Get<T>(int index, string what) => arguments[index] is T value ? value : throw Wrong(index, what);

    /// <summary>Sizes, strides: a tuple or list of numbers from 0 on.</summary>
    public long[] Numbers(int index, string what)
    {
        IReadOnlyList<object?> items = arguments[index] switch
        {
            PickleTuple tuple => tuple.Items,
            PickleList list => list.Items,
            _ => throw Wrong(index, what),
        };
        if (items.Count > SafetensorsHeader.MaxDimensions)
            throw stream.Error($"{what} of {function} has too many numbers", $"{items.Count}", $"at most {SafetensorsHeader.MaxDimensions}");
        long[] numbers = new long[items.Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = items[i] is long number and >= 0 ? number : throw stream.Error($"{what} of {function} holds something else than numbers", Describe(items[i]), "a number from 0 on");
        return numbers;
    }

    /// <summary>An argument that real files leave empty: None, False or an empty dictionary.</summary>
    public void ExpectEmpty(int index, string what)
    {
        if (arguments[index] is not (null or false or PickleDictionary { Items.Count: 0 }))
            throw Wrong(index, $"no {what}");
    }

    public LoraFormatException Wrong(int index, string expected) => stream.Error($"argument {index + 1} of {function} is wrong", Describe(arguments[index]), expected);

    /// <summary>What a value is, for messages.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "None",
        bool or long or BigInteger => $"{value}",
        double number => FormattableString.Invariant($"{number}"),
        string text => $"'{text}'",
        byte[] bytes => $"{bytes.Length} bytes",
        PickleTuple tuple => $"a tuple of {tuple.Items.Length}",
        PickleList list => $"a list of {list.Items.Count}",
        PickleDictionary dictionary => $"a dictionary of {dictionary.Items.Count}",
        PickleGlobal global => global.Name,
        TorchTensor => "a tensor",
        TorchStorage => "a storage",
        _ => "something else",
    };
}
