using System.Text.Json;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Tests.Models;

/// <summary>The inputs of one golden case as rows without padding, and which recorded positions are compared.</summary>
internal sealed class GoldenBatch
{
    private GoldenBatch(IReadOnlyList<TokenizedRow> rows, int width, bool[] compare)
    {
        Rows = rows;
        Width = width;
        Compare = compare;
    }

    public IReadOnlyList<TokenizedRow> Rows { get; }

    /// <summary>T, the padded length of the recording.</summary>
    public int Width { get; }

    /// <summary>(B, T).</summary>
    public bool[] Compare { get; }

    public bool HasPadding => Rows.Any(r => r.Ids.Length != Width);

    /// <summary>Reads the case, or says why it cannot be fed to an encoder of packed rows.</summary>
    public static GoldenBatch? Read(GoldenTensors tensors, string tag, JsonElement golden, out string why)
    {
        why = "";
        string ids = $"{tag}.in.input_ids";
        foreach (JsonElement input in golden.GetProperty("inputs").EnumerateArray())
        {
            if (input.GetString() is not ("input_ids" or "attention_mask" or "token_type_ids" or "position_ids"))
            {
                why = $"input '{input.GetString()}' is not one of an encoder";
                return null;
            }
        }

        int[] shape = tensors.Shape(ids);
        (int count, int width) = (shape[0], shape[1]);
        long[] values = tensors.Longs(ids);
        long[]? mask = Optional("attention_mask"), types = Optional("token_type_ids"), positions = Optional("position_ids");
        List<TokenizedRow> rows = [];
        bool[] compare = tensors.Has($"{tag}.compare") ? [.. tensors.Longs($"{tag}.compare").Select(v => v != 0)] : [.. Enumerable.Repeat(true, count * width)];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<long> maskRow = mask is null ? default : mask.AsSpan(i * width, width);
            int length = mask is null ? width : maskRow.LastIndexOf(1) + 1;
            if (mask is not null && maskRow[..length].Contains(0))
            {
                why = "a row is padded at the left or inside, which rows without padding cannot express";
                return null;
            }

            rows.Add(new TokenizedRow(
                [.. values.AsSpan(i * width, length).ToArray().Select(v => (int)v)],
                types is null ? null : [.. types.AsSpan(i * width, length).ToArray().Select(v => (byte)v)],
                i)
            {
                Positions = positions is null ? null : [.. positions.AsSpan(i * width, length).ToArray().Select(v => (int)v)],
            });
            for (int j = length; j < width; j++)
            {
                // Without a mask nothing is padding; with one, padding is never compared.
                compare[(i * width) + j] &= mask is null;
            }
        }

        return new GoldenBatch(rows, width, compare);

        long[]? Optional(string name) => tensors.Has($"{tag}.in.{name}") ? tensors.Longs($"{tag}.in.{name}") : null;
    }

    /// <summary>Compares per-token values: recorded (B, T, channels) with packed (N, channels).</summary>
    public void AssertTokens(float[] recorded, float[] packed, PackedBatch batch, double tolerance, string what)
    {
        int channels = recorded.Length / Compare.Length;
        for (int row = 0; row < batch.RowCount; row++)
        {
            int original = batch.Order[row];
            for (int token = 0; token < Rows[original].Ids.Length; token++)
            {
                int at = (original * Width) + token;
                if (Compare[at])
                    TensorValues.AssertClose(recorded.AsSpan(at * channels, channels),
                        packed.AsSpan((batch.RowStarts[row] + token) * channels, channels), tolerance, $"{what}, row {original}, token {token}");
            }
        }
    }

    /// <summary>Compares per-row values: recorded (B, channels) with (rows, channels) in packed order.</summary>
    public static void AssertRows(float[] recorded, float[] packed, PackedBatch batch, double tolerance, string what) =>
        TensorValues.AssertClose(recorded, ToCallersOrder(packed, batch), tolerance, what);

    /// <summary>Per-row values in the order of the recording.</summary>
    public static float[] ToCallersOrder(float[] packed, PackedBatch batch)
    {
        int channels = packed.Length / batch.RowCount;
        float[] result = new float[packed.Length];
        for (int row = 0; row < batch.RowCount; row++)
            packed.AsSpan(row * channels, channels).CopyTo(result.AsSpan(batch.Order[row] * channels));
        return result;
    }
}
