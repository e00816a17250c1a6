using System.CommandLine;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using Microsoft.ML.Lora.Kernels;
using Spectre.Console;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Benchmarks.Training;

/// <summary>
/// <c>attention</c>: attention, forward and backward, by the kernel for short rows and by libtorch's batched products, on one thread; a block is
/// what one batched product takes: rows of one length. It says up to which length the kernel is faster: <see cref="ShortAttention.Longest"/>.
/// </summary>
internal static class AttentionCommand
{
    private const int Heads = 12, Size = 64, Tokens = 2048;
    private const float Probability = 0.1f;

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { Description = "Rounds; medians are reported.", DefaultValueFactory = _ => 9 };
        var lengths = new Option<int[]>("--lengths")
        {
            Description = "Tokens a row.",
            DefaultValueFactory = _ => [8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512],
            AllowMultipleArgumentsPerToken = true,
        };
        var types = new Option<ScalarType[]>("--types")
        {
            Description = "Types of the elements.",
            DefaultValueFactory = _ => [ScalarType.Float32, ScalarType.BFloat16],
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("attention", "Attention over rows of one length: the kernel for short rows against libtorch's batched products.") { rounds, lengths, types };
        command.SetAction(parsed => Run(parsed.GetValue(rounds), parsed.GetValue(lengths)!, parsed.GetValue(types)!));
        return command;
    }

    private static void Run(int rounds, int[] lengths, ScalarType[] types)
    {
        Console.WriteLine(Machine.Describe());
        set_num_threads(1);
        foreach (ScalarType type in types)
        {
            Table table = new Table().Title($"{type}, {Heads} heads of {Size}, {Tokens} tokens, dropout {Probability}: ms of processor time")
                .AddColumns("tokens a row", "rows a block", "short rows", "batched products", "ratio", "GFLOP/s of short rows");
            foreach ((int length, int blockRows) in from length in lengths from blockRows in (int[])[1, 4] select (length, blockRows))
            {
                using DisposeScope scope = NewDisposeScope();
                int rows = Math.Max(1, Tokens / length / blockRows) * blockRows;
                Tensor qkv = randn([rows * length, 3 * Heads * Size]).to(type).requires_grad_(), upstream = randn([rows * length, Heads * Size]).to(type);
                ulong[] keys = [.. Enumerable.Range(0, blockRows * Heads * length).Select(i => CounterRandom.Key(1, 1, (ulong)i))];
                AttentionBlock[] blocks = [.. Enumerable.Range(0, rows / blockRows).Select(i => new AttentionBlock(i * blockRows * length, blockRows, length, keys))];
                IReadOnlyDictionary<string, Samples> times = Interleaved.Run(
                    [("short", () => Step(int.MaxValue)), ("long", () => Step(0))], warmups: 3, rounds, processorTime: true);

                // Two products forward, five backward (the probabilities are computed again).
                double work = 7.0 * 2 * rows * Heads * length * length * Size;
                table.AddRow($"{length}", $"{blockRows}", $"{times["short"].Median:F2}", $"{times["long"].Median:F2}", $"{times["long"].Median / times["short"].Median:F2}", $"{work / times["short"].Median / 1e6:F0}");

                void Step(int longest)
                {
                    using DisposeScope step = NewDisposeScope();
                    autograd.backward(PackedAttention.Apply(qkv, blocks, Heads, Probability, longest), upstream);
                    HandedOver.Clear();
                }
            }

            AnsiConsole.Write(table);
        }
    }
}
