using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(ColumnCopyingTransformer.Summary, typeof(ColumnCopyingTransformer), null, typeof(SignatureLoadModel),
    ColumnCopyingTransformer.UserName, ColumnCopyingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Copies columns, annotations included.</summary>
public sealed class ColumnCopyingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "CopyTransform";
    internal const string Summary = "Copy a source column to a new column.";
    internal const string UserName = "Copy Columns Transform";

    internal ColumnCopyingTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ColumnCopyingTransformer)), columns)
    {
    }

    internal static ColumnCopyingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new ColumnCopyingTransformer(env, LoadColumns(ctx));
    }

    // *** Binary format ***
    // the columns (see the base class)
    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "COPYCOLT",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(ColumnCopyingTransformer).Assembly.FullName);

    private sealed class Mapper(ColumnCopyingTransformer parent, DataViewSchema inputSchema)
        : OneToOneMapperBase(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
    {
        protected override DataViewSchema.DetachedColumn[] MakeOutputColumns()
        {
            var columns = new DataViewSchema.DetachedColumn[Sources.Length];
            for (int i = 0; i < columns.Length; i++)
            {
                var source = InputSchema[Sources[i]];
                columns[i] = new DataViewSchema.DetachedColumn(parent.ColumnPairs[i].outputColumnName, source.Type, source.Annotations);
            }
            return columns;
        }

        protected override Delegate MakeGetter(DataViewRow input, int index)
        {
            var column = input.Schema[Sources[index]];
            return GenericCall.InvokeStatic<Delegate>(typeof(Mapper), nameof(GetGetter), [column.Type.RawType], input, column);
        }

        private static ValueGetter<T> GetGetter<T>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<T>(column);
    }
}
