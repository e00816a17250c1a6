using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Values of a text column. The empty text is never among them.</summary>
internal sealed class TextTermMap(ReadOnlyMemory<char>[] terms)
    : TermMap<ReadOnlyMemory<char>>(TextDataViewType.Instance, terms, TextMemoryComparer.Instance)
{
    // *** Binary format ***
    // (byte: 0, already read)
    // int: number of terms
    // int[]: string ids
    public static TextTermMap LoadTerms(ModelLoadContext ctx, IExceptionContext ectx)
    {
        int count = ctx.Reader.ReadInt32();
        ectx.CheckDecode(count >= 0);
        var terms = new List<ReadOnlyMemory<char>>();
        var seen = new HashSet<string>();
        for (int i = 0; i < count; i++)
        {
            string term = ctx.LoadNonEmptyString();
            ectx.CheckDecode(seen.Add(term));
            terms.Add(term.AsMemory());
        }
        return new TextTermMap([.. terms]);
    }

    public override void Save(ModelSaveContext ctx, IHostEnvironment env)
    {
        ctx.Writer.Write(TextCode);
        ctx.Writer.Write(Count);
        foreach (var term in Terms)
            ctx.SaveNonEmptyString(term);
    }

    public override void WriteTerms(TextWriter writer)
    {
        writer.WriteLine($"# Number of terms = {Count}");
        for (int i = 0; i < Count; i++)
            writer.WriteLine($"{i}\t{Terms[i]}");
    }
}
