using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Adapters;

/// <summary>A recorded batch (right-padded ids, mask, segments, labels) as rows without padding.</summary>
internal sealed class PeftBatch
{
    private PeftBatch(IReadOnlyList<TokenizedRow> rows, int[] labels)
    {
        Rows = rows;
        Labels = labels;
    }

    public IReadOnlyList<TokenizedRow> Rows { get; }

    public int[] Labels { get; }

    /// <param name="tensors">Holds <c>prefix + "input_ids"</c> and so on.</param>
    /// <param name="prefix">For example <c>in.</c> or <c>0.</c>.</param>
    /// <param name="firstExample">Example id of the first row.</param>
    public static PeftBatch Read(GoldenTensors tensors, string prefix, int firstExample = 0)
    {
        int[] shape = tensors.Shape(prefix + "input_ids");
        long[] ids = tensors.Longs(prefix + "input_ids"), mask = tensors.Longs(prefix + "attention_mask");
        long[]? types = tensors.Has(prefix + "token_type_ids") ? tensors.Longs(prefix + "token_type_ids") : null;
        var rows = new List<TokenizedRow>();
        for (int i = 0; i < shape[0]; i++)
        {
            int start = i * shape[1];
            int length = mask.AsSpan(start, shape[1]).LastIndexOf(1) + 1;
            Assert.IsFalse(mask.AsSpan(start, length).Contains(0), "the README says that padding is on the right");
            rows.Add(new TokenizedRow(
                Array.ConvertAll(ids[start..(start + length)], x => (int)x),
                types is null ? null : Array.ConvertAll(types[start..(start + length)], x => (byte)x),
                firstExample + i));
        }

        return new PeftBatch(rows, Array.ConvertAll(tensors.Longs(prefix + "labels"), x => (int)x));
    }

    public void AddTo(TrainingSet set)
    {
        for (int i = 0; i < Rows.Count; i++)
            set.Add(Rows[i].Ids, Rows[i].TypeIds, Labels[i]);
    }
}
