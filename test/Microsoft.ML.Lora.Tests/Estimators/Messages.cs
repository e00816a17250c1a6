using Microsoft.ML.Lora.Kernels;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>Made-up messages of three kinds that a tiny model can learn to tell apart.</summary>
internal static class Messages
{
    private static readonly (string Label, string[] Words)[] _kinds =
    [
        ("refund", ["refund", "money", "pay", "invoice"]),
        ("delivery", ["parcel", "late", "lost", "track"]),
        ("access", ["password", "login", "account", "reset"]),
    ];

    private static readonly string[] _filler = ["the", "a", "my", "is", "not", "where", "when", "how", "please", "hello", "thanks"];

    /// <summary>Makes messages; the same seed makes the same ones.</summary>
    public static Message[] Make(int count, ulong seed = 1)
    {
        var messages = new Message[count];
        for (int i = 0; i < count; i++)
        {
            ulong key = CounterRandom.Key(seed, RandomStreams.Synthetic, (ulong)i);
            uint draw = 0;
            int Next(int below) => (int)(CounterRandom.UInt32(key, draw++) % (uint)below);
            (string label, string[] words) = _kinds[Next(_kinds.Length)];
            var text = new List<string>();
            for (int n = 3 + Next(6); n > 0; n--)
                text.Add(_filler[Next(_filler.Length)]);
            for (int n = 1 + Next(2); n > 0; n--)
                text.Insert(Next(text.Count), words[Next(words.Length)]);
            messages[i] = new Message { Label = label, Text = string.Join(' ', text), Pair = string.Join(' ', text.Take(2)) };
        }

        return messages;
    }
}
