using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(TypeConvertingTransformer), null, typeof(SignatureLoadModel),
    TypeConvertingTransformer.UserName, TypeConvertingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Converts columns to another scalar type.</summary>
public sealed class TypeConvertingTransformer : OneToOneTransformerBase
{
    internal const string UserName = "Convert Transform";
    internal const string LoaderSignature = "ConvertTransform";
    internal const string LoaderSignatureOld = "ConvertFunction";
    private const byte HasKeyCount = 0x80;

    private readonly TypeConvertingEstimator.ColumnOptions[] _columns;

    internal TypeConvertingTransformer(IHostEnvironment env, params TypeConvertingEstimator.ColumnOptions[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(TypeConvertingTransformer)), Pairs(columns))
        => _columns = [.. columns];

    private TypeConvertingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        _columns = new TypeConvertingEstimator.ColumnOptions[ColumnPairs.Length];
        for (int i = 0; i < _columns.Length; i++)
        {
            byte code = ctx.Reader.ReadByte();
            var kind = (InternalDataKind)(code & ~HasKeyCount);
            Host.CheckDecode(Enum.IsDefined(kind));
            KeyCount keyCount = null;
            if ((code & HasKeyCount) != 0)
            {
                ulong count = ctx.Reader.ReadUInt64();
                Host.CheckDecode(count > 0);
                keyCount = new KeyCount(count);
            }
            var (output, input) = ColumnPairs[i];
            _columns[i] = new TypeConvertingEstimator.ColumnOptions(output, kind.ToDataKind(), input, keyCount);
        }
    }

    internal IReadOnlyList<TypeConvertingEstimator.ColumnOptions> Columns => _columns;

    internal static TypeConvertingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        var host = env.Register("Convert");
        host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new TypeConvertingTransformer(host, ctx);
    }

    // *** Binary format ***
    // the columns (see the base class)
    // for each column:
    //   byte: kind, with the high bit set for a key
    //   for a key: ulong: its count
    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        foreach (var column in _columns)
        {
            byte kind = (byte)column.OutputKind;
            if (column.OutputKeyCount == null)
                ctx.Writer.Write(kind);
            else
            {
                ctx.Writer.Write((byte)(kind | HasKeyCount));
                ctx.Writer.Write(column.OutputKeyCount.Count ?? column.OutputKind.ToInternalDataKind().ToMaxInt());
            }
        }
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    /// <summary>The item type that comes out. False when it cannot come out of this source, whatever the conversions are.</summary>
    internal static bool TryGetItemType(DataViewType source, TypeConvertingEstimator.ColumnOptions options, out PrimitiveDataViewType itemType)
    {
        var kind = options.OutputKind.ToInternalDataKind();
        var sourceItem = source.GetItemType();
        if (options.OutputKeyCount != null)
        {
            itemType = TextLoader.MakeKeyType(kind, options.OutputKeyCount);
            return sourceItem is KeyDataViewType or TextDataViewType;
        }
        if (sourceItem is KeyDataViewType key && KeyDataViewType.IsValidDataType(kind.ToType()))
        {
            itemType = new KeyDataViewType(kind.ToType(), Math.Min(key.Count, kind.ToMaxInt()));
            return true;
        }
        itemType = ColumnTypeExtensions.PrimitiveTypeFromKind(kind);
        return sourceItem is not KeyDataViewType;
    }

    private static (string, string)[] Pairs(TypeConvertingEstimator.ColumnOptions[] columns)
    {
        Contracts.CheckNonEmpty(columns, nameof(columns));
        return Array.ConvertAll(columns, column => (column.Name, column.InputColumnName));
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "CONVERTF",
        verWrittenCur: 0x00010004, // key counts without minimum
        verReadableCur: 0x00010003,
        verWeCanReadBack: 0x00010004,
        loaderSignature: LoaderSignature,
        loaderSignatureAlt: LoaderSignatureOld,
        loaderAssemblyName: typeof(TypeConvertingTransformer).Assembly.FullName);

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly TypeConvertingTransformer _parent;
        private readonly PrimitiveDataViewType[] _itemTypes;

        public Mapper(TypeConvertingTransformer parent, DataViewSchema inputSchema)
            : base(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
        {
            _parent = parent;
            _itemTypes = new PrimitiveDataViewType[Sources.Length];
            for (int i = 0; i < Sources.Length; i++)
            {
                var source = inputSchema[Sources[i]].Type;
                if (!TryGetItemType(source, parent._columns[i], out _itemTypes[i])
                    || !Conversions.DefaultInstance.TryGetStandardConversion(source.GetItemType(), _itemTypes[i], out _, out _))
                {
                    throw Host.ExceptParam(nameof(inputSchema), "source column '{0}' with item type '{1}' is not compatible with destination type '{2}'",
                        parent._columns[i].InputColumnName, source, _itemTypes[i]);
                }
            }
        }

        protected override DataViewSchema.DetachedColumn[] MakeOutputColumns()
        {
            var columns = new DataViewSchema.DetachedColumn[Sources.Length];
            for (int i = 0; i < columns.Length; i++)
            {
                var source = InputSchema[Sources[i]];
                DataViewType type = source.Type is VectorDataViewType vector
                    ? new VectorDataViewType(_itemTypes[i], vector.Dimensions)
                    : _itemTypes[i];
                columns[i] = new DataViewSchema.DetachedColumn(_parent._columns[i].Name, type, MakeAnnotations(source, type));
            }
            return columns;
        }

        protected override Delegate MakeGetter(DataViewRow input, int index)
        {
            var column = input.Schema[Sources[index]];
            return column.Type is VectorDataViewType
                ? ConvertingGetters.GetVecGetterAs(_itemTypes[index], input, column)
                : ConvertingGetters.GetGetterAs(_itemTypes[index], input, column);
        }

        private static DataViewSchema.Annotations MakeAnnotations(DataViewSchema.Column source, DataViewType type)
        {
            var builder = new DataViewSchema.Annotations.Builder();
            var from = source.Type.GetItemType();
            var to = type.GetItemType();
            if (type.IsKnownSizeVector())
                builder.Add(source.Annotations, name => name == AnnotationUtils.Kinds.SlotNames);
            if (from is KeyDataViewType fromKey && to is KeyDataViewType toKey && fromKey.Count == toKey.Count)
                builder.Add(source.Annotations, name => name == AnnotationUtils.Kinds.KeyValues);
            if (from is NumberDataViewType && to is NumberDataViewType)
                builder.Add(source.Annotations, name => name == AnnotationUtils.Kinds.IsNormalized);
            // Zero and one are normalized.
            if (source.Type is BooleanDataViewType && to is NumberDataViewType)
                builder.Add(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, (ref bool value) => value = true);
            return builder.ToAnnotations();
        }
    }
}
