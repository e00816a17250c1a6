using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Values of a column that is not text.</summary>
internal sealed class CodecTermMap<T>(PrimitiveDataViewType itemType, T[] terms)
    : TermMap<T>(itemType, terms, EqualityComparer<T>.Default)
{
    // *** Binary format ***
    // (byte: 1, and the codec, already read)
    // int: number of terms, already read
    // the terms as the codec writes them
    public static CodecTermMap<T> LoadTerms(ModelLoadContext ctx, IExceptionContext ectx, BinaryCodec<T> codec, int count)
    {
        T[] terms = count > 0 ? codec.Read(ctx.Reader, count) : [];
        var places = new Dictionary<T, int>();
        for (int i = 0; i < terms.Length; i++)
        {
            if (!places.TryAdd(terms[i], i))
                throw ectx.Except("Duplicate items at positions {0} and {1}", places[terms[i]], i);
        }
        return new CodecTermMap<T>((PrimitiveDataViewType)codec.Type, terms);
    }

    public override void Save(ModelSaveContext ctx, IHostEnvironment env)
    {
        if (!CodecFactory.TryGetCodec(ItemType, out var codec))
            throw env.Except("We do not know how to serialize terms of type '{0}'", ItemType);
        ctx.Writer.Write(CodecCode);
        CodecFactory.WriteCodec(ctx.Writer, codec);
        ctx.Writer.Write(Count);
        ((BinaryCodec<T>)codec).Write(ctx.Writer, Terms);
    }

    public override void WriteTerms(TextWriter writer)
    {
        writer.WriteLine($"# Number of terms of type '{ItemType}' = {Count}");
        var print = Conversions.DefaultInstance.GetStringConversion<T>(ItemType);
        StringBuilder text = null;
        for (int i = 0; i < Count; i++)
        {
            print(in Terms[i], ref text);
            writer.WriteLine($"{i}\t{text}");
        }
    }
}
