using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>The values that were found for one column, in the order of their keys.</summary>
internal abstract class TermMap
{
    private protected const byte TextCode = 0;
    private protected const byte CodecCode = 1;

    private protected TermMap(PrimitiveDataViewType itemType, int count)
    {
        ItemType = itemType;
        Count = count;
        OutputType = new KeyDataViewType(typeof(uint), Math.Max(1, count));
    }

    public PrimitiveDataViewType ItemType { get; }

    public int Count { get; }

    /// <summary>A key type needs a count of one at least, even when there are no values.</summary>
    public KeyDataViewType OutputType { get; }

    public abstract void Save(ModelSaveContext ctx, IHostEnvironment env);

    /// <summary>The form for people to read, in Terms.txt.</summary>
    public abstract void WriteTerms(TextWriter writer);

    // *** Binary format ***
    // byte: 0 = text, 1 = any other type, in the format of a value codec
    // the rest is told at TextTermMap and CodecTermMap
    public static TermMap Load(ModelLoadContext ctx, IHostEnvironment env)
    {
        byte code = ctx.Reader.ReadByte();
        env.CheckDecode(code is TextCode or CodecCode);
        if (code == TextCode)
            return TextTermMap.LoadTerms(ctx, env);
        if (!new CodecFactory(env).TryReadCodec(ctx.Reader, out var codec))
            throw env.Except("Unrecognized codec read");
        env.CheckDecode(codec.Type is PrimitiveDataViewType);
        int count = ctx.Reader.ReadInt32();
        env.CheckDecode(count >= 0);
        return GenericCall.InvokeStatic<TermMap>(typeof(TermMap), nameof(LoadCodec), [codec.Type.RawType], ctx, env, codec, count);
    }

    private static TermMap LoadCodec<T>(ModelLoadContext ctx, IHostEnvironment env, BinaryCodec codec, int count)
        => CodecTermMap<T>.LoadTerms(ctx, env, (BinaryCodec<T>)codec, count);
}
