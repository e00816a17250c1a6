using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(ColumnConcatenatingTransformer), null, typeof(SignatureLoadModel),
    ColumnConcatenatingTransformer.UserName, ColumnConcatenatingTransformer.LoaderSignature)]

namespace Microsoft.ML.Data;

/// <summary>Puts columns of one item type behind each other into a vector.</summary>
public sealed class ColumnConcatenatingTransformer : RowToRowTransformerBase
{
    internal const string UserName = "Concat Transform";
    internal const string LoaderSignature = "ConcatTransform";
    internal const string LoaderSignatureOld = "ConcatFunction";

    /// <summary>One output column. An alias stands in slot names instead of the source's own name.</summary>
    internal sealed record OutputColumn(string Name, (string Name, string Alias)[] Sources);

    private readonly OutputColumn[] _columns;

    internal ColumnConcatenatingTransformer(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ColumnConcatenatingTransformer)))
        => _columns = [new OutputColumn(outputColumnName, Array.ConvertAll(inputColumnNames, name => (name, (string)null)))];

    private ColumnConcatenatingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ColumnConcatenatingTransformer)))
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        int count = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(count > 0);
        _columns = new OutputColumn[count];
        for (int i = 0; i < count; i++)
        {
            string name = ctx.LoadNonEmptyString();
            int sourceCount = ctx.Reader.ReadInt32();
            Contracts.CheckDecode(sourceCount > 0);
            var sources = new List<(string, string)>();
            for (int j = 0; j < sourceCount; j++)
                sources.Add((ctx.LoadNonEmptyString(), ctx.LoadStringOrNull()));
            _columns[i] = new OutputColumn(name, [.. sources]);
        }
    }

    internal static ColumnConcatenatingTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => new(env, ctx);

    // *** Binary format ***
    // int: number of output columns
    // for each: int: id of the name, int: number of sources
    //   for each source: int: id of the name, int: id of the alias, -1 for none
    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.Writer.Write(_columns.Length);
        foreach (var column in _columns)
        {
            ctx.SaveNonEmptyString(column.Name);
            ctx.Writer.Write(column.Sources.Length);
            foreach (var (name, alias) in column.Sources)
            {
                ctx.SaveNonEmptyString(name);
                ctx.SaveStringOrNull(alias);
            }
        }
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "CONCAT F",
        verWrittenCur: 0x00010003, // a transformer
        verReadableCur: 0x00010003,
        verWeCanReadBack: 0x00010003,
        loaderSignature: LoaderSignature,
        loaderSignatureAlt: LoaderSignatureOld,
        loaderAssemblyName: typeof(ColumnConcatenatingTransformer).Assembly.FullName);

    private sealed class Mapper : MapperBase
    {
        private readonly ConcatenatedColumn[] _columns;

        public Mapper(ColumnConcatenatingTransformer parent, DataViewSchema inputSchema)
            : base(parent.Host.Register(nameof(Mapper)), inputSchema, parent)
            => _columns = Array.ConvertAll(parent._columns, column => ConcatenatedColumn.Bind(Host, column, inputSchema));

        public override Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
        {
            var needed = new bool[InputSchema.Count];
            for (int i = 0; i < _columns.Length; i++)
            {
                foreach (var source in _columns[i].Sources)
                    needed[source.Index] |= activeOutput(i);
            }
            return index => needed[index];
        }

        protected override DataViewSchema.DetachedColumn[] MakeOutputColumns()
            => Array.ConvertAll(_columns, column => column.MakeColumn());

        protected override Delegate MakeGetter(DataViewRow input, int index) => _columns[index].MakeGetter(input);
    }
}
