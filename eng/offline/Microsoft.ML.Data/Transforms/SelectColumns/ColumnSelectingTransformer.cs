using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(ColumnSelectingTransformer.Summary, typeof(ColumnSelectingTransformer), null, typeof(SignatureLoadModel),
    ColumnSelectingTransformer.UserName, ColumnSelectingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Keeps or drops columns by name.</summary>
public sealed class ColumnSelectingTransformer : ITransformer
{
    internal const string Summary = "Selects which columns from the dataset to keep.";
    internal const string UserName = "Select Columns Transform";
    internal const string LoaderSignature = "SelectColumnsTransform";

    private readonly IHost _host;

    internal ColumnSelectingTransformer(IHostEnvironment env, string[] keepColumns, string[] dropColumns, bool keepHidden = false, bool ignoreMissing = false)
    {
        _host = Contracts.CheckRef(env, nameof(env)).Register(nameof(ColumnSelectingTransformer));
        bool keep = keepColumns is { Length: > 0 };
        bool drop = dropColumns is { Length: > 0 };
        _host.Check(!keep || !drop, "Both keepColumns and dropColumns are set. Exactly one can be specified.");
        _host.Check(keep || drop, "Neither keepColumns and dropColumns is set. Exactly one must be specified.");
        SelectedColumns = keep ? keepColumns : dropColumns;
        KeepColumns = keep;
        KeepHidden = keepHidden;
        IgnoreMissing = ignoreMissing;
    }

    bool ITransformer.IsRowToRowMapper => true;

    internal string[] SelectedColumns { get; }

    internal bool KeepColumns { get; }

    internal bool KeepHidden { get; }

    internal bool IgnoreMissing { get; }

    internal static ColumnSelectingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        bool keep = ctx.Reader.ReadBoolByte();
        bool keepHidden = ctx.Reader.ReadBoolByte();
        bool ignoreMissing = ctx.Reader.ReadBoolByte();
        var names = new string[ctx.Reader.ReadInt32()];
        for (int i = 0; i < names.Length; i++)
            names[i] = ctx.LoadNonEmptyString();
        return new ColumnSelectingTransformer(env, keep ? names : null, keep ? null : names, keepHidden, ignoreMissing);
    }

    // *** Binary format ***
    // byte: 1 = keep the named columns, 0 = drop them
    // byte: keep hidden columns
    // byte: ignore missing columns
    // int: number of names
    // int[]: string ids
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.Writer.WriteBoolByte(KeepColumns);
        ctx.Writer.WriteBoolByte(KeepHidden);
        ctx.Writer.WriteBoolByte(IgnoreMissing);
        ctx.Writer.Write(SelectedColumns.Length);
        foreach (string name in SelectedColumns)
            ctx.SaveNonEmptyString(name);
    }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        CheckColumns(_host, inputSchema.Select(column => column.Name), nameof(inputSchema));
        return new ColumnSelectionMap(this, inputSchema).OutputSchema;
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        CheckColumns(_host, inputSchema.Select(column => column.Name), nameof(inputSchema));
        return new SelectColumnsView(_host, new ColumnSelectionMap(this, inputSchema), new EmptyDataView(_host, inputSchema));
    }

    public IDataView Transform(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        CheckColumns(_host, input.Schema.Select(column => column.Name), nameof(input));
        return new SelectColumnsView(_host, new ColumnSelectionMap(this, input.Schema), input);
    }

    internal void CheckColumns(IHost host, IEnumerable<string> present, string paramName)
    {
        if (IgnoreMissing)
            return;
        var names = present.ToHashSet();
        var missing = SelectedColumns.Where(name => !names.Contains(name)).ToArray();
        if (missing.Length > 0)
            throw host.ExceptSchemaMismatch(paramName, "input", string.Join(",", missing));
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "SELCOLST",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(ColumnSelectingTransformer).Assembly.FullName);
}
