using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(ValueMappingTransformer.Summary, typeof(ValueMappingTransformer), null, typeof(SignatureLoadModel),
    ValueMappingTransformer.UserName, ValueMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Maps values to other values by a table of pairs.</summary>
public class ValueMappingTransformer : OneToOneTransformerBase
{
    internal const string Summary = "Maps text values columns to new columns using a map dataset.";
    internal const string UserName = "Value Mapping Transform";
    internal const string LoaderSignature = "ValueMappingTransformer";
    private const string MapStream = "DefaultMap.idv";

    private readonly ValueMap _map;
    private readonly DataViewSchema.Column _keyColumn;
    private readonly byte[] _savedMap;

    internal ValueMappingTransformer(IHostEnvironment env, IDataView lookupMap, DataViewSchema.Column lookupKeyColumn,
        DataViewSchema.Column lookupValueColumn, (string outputColumnName, string inputColumnName)[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ValueMappingTransformer)), columns)
    {
        CheckColumn(lookupMap, lookupKeyColumn, "keyColumn");
        CheckColumn(lookupMap, lookupValueColumn, "valueColumn");
        _keyColumn = lookupKeyColumn;
        ValueColumn = lookupValueColumn;
        _map = ValueMap.Create(Host, lookupMap, lookupKeyColumn, lookupValueColumn);
        _savedMap = ToBinary(lookupMap);
    }

    internal DataViewSchema.Column ValueColumn { get; }

    internal static ValueMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        var columns = LoadColumns(ctx);
        byte[] bytes = null;
        if (!ctx.TryLoadBinaryStream(MapStream, reader => bytes = reader.ReadBytes(checked((int)reader.BaseStream.Length))))
            throw env.ExceptDecode();
        var view = new BinaryLoader(env, new MemoryStream(bytes, writable: false));
        return new ValueMappingTransformer(env, view, view.Schema[LookupMap.KeyName], view.Schema[LookupMap.ValueName], columns);
    }

    // *** Binary format ***
    // the columns (see the base class)
    // binary stream "DefaultMap.idv": the columns Key and Value as a binary view
    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        ctx.SaveBinaryStream(MapStream, writer => writer.Write(_savedMap));
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "VALUMAPG",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(ValueMappingTransformer).Assembly.FullName);

    private void CheckColumn(IDataView view, DataViewSchema.Column column, string role)
    {
        var found = view.Schema.GetColumnOrNull(column.Name);
        Host.Check(found.HasValue, $"The selected column {role} is not included in the targeted IDataView dataView");
        Host.Check(found.Value.Index == column.Index, $"{role}'s column index doesn't match that of the associated column in dataView");
        Host.Check(found.Value.Type == column.Type, $"{role}'s column type doesn't match that of the associated column in dataView");
        Host.Check(found.Value.Annotations == column.Annotations, $"{role}'s column annotations don't match those of the associated column in dataView");
    }

    private byte[] ToBinary(IDataView view)
    {
        (string, string)[] names = [(LookupMap.KeyName, _keyColumn.Name), (LookupMap.ValueName, ValueColumn.Name)];
        var renamed = new ColumnCopyingTransformer(Host, names).Transform(view);
        var selected = new ColumnSelectingTransformer(Host, [LookupMap.KeyName, LookupMap.ValueName], null).Transform(renamed);
        using var stream = new MemoryStream();
        new BinarySaver(Host).Save(stream, selected, logsSize: true);
        return stream.ToArray();
    }

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly ValueMappingTransformer _parent;

        public Mapper(ValueMappingTransformer parent, DataViewSchema inputSchema)
            : base(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
            => _parent = parent;

        protected override Delegate MakeGetter(DataViewRow input, int index)
            => _parent._map.MakeGetter(input, input.Schema[Sources[index]]);

        protected override DataViewSchema.DetachedColumn[] MakeOutputColumns()
        {
            var columns = new DataViewSchema.DetachedColumn[Sources.Length];
            for (int i = 0; i < columns.Length; i++)
            {
                DataViewType type = _parent.ValueColumn.Type;
                if (InputSchema[Sources[i]].Type is VectorDataViewType)
                {
                    if (type is VectorDataViewType)
                    {
                        throw _parent.Host.ExceptNotSupp($"Column '{_parent.ColumnPairs[i].inputColumnName}' cannot be mapped to values"
                            + " when the column and the map values are both vector type.");
                    }
                    // The length of the input is not passed on.
                    type = new VectorDataViewType(ColumnTypeExtensions.PrimitiveTypeFromType(type.RawType));
                }
                columns[i] = new DataViewSchema.DetachedColumn(_parent.ColumnPairs[i].outputColumnName, type, _parent.ValueColumn.Annotations);
            }
            return columns;
        }
    }
}
