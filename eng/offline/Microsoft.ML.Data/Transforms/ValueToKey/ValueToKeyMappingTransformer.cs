using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ValueToKeyMappingTransformer), null, typeof(SignatureLoadModel),
    ValueToKeyMappingTransformer.UserName, ValueToKeyMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Maps values to the keys that were given to them while fitting, and unknown values to the missing key.</summary>
public sealed class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    internal const string UserName = "Term Transform";
    internal const string LoaderSignature = "TermTransform";
    private const string RegistrationName = "Term";
    private const string VocabularyDirectory = "Vocabulary";

    private readonly TermMap[] _maps;
    private readonly bool[] _textAnnotations;

    internal ValueToKeyMappingTransformer(
        IHostEnvironment env, IDataView input, ValueToKeyMappingEstimator.ColumnOptions[] columns, IDataView keyData)
        : base(Contracts.CheckRef(env, nameof(env)).Register(RegistrationName),
            Array.ConvertAll(columns, column => (column.OutputColumnName, column.InputColumnName)))
    {
        using var channel = Host.Start("Training");
        _maps = new TermMapTraining(Host, channel, columns, ResolveInputs(input.Schema)).Train(input, keyData);
        _textAnnotations = Array.ConvertAll(columns, column => column.AddKeyValueAnnotationsAsText);
    }

    private ValueToKeyMappingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        _textAnnotations = new bool[ColumnPairs.Length];
        for (int i = 0; i < _textAnnotations.Length; i++)
            _textAnnotations[i] = ctx.Reader.ReadBoolByte();
        _maps = new TermMap[ColumnPairs.Length];
        bool found = ctx.TryProcessSubModel(VocabularyDirectory, sub =>
        {
            sub.CheckAtModel(GetVocabularyVersion());
            host.CheckDecode(sub.Reader.ReadInt32() == _maps.Length);
            for (int i = 0; i < _maps.Length; i++)
                _maps[i] = TermMap.Load(sub, host);
        });
        if (!found)
            throw host.ExceptDecode("Missing {0} model", VocabularyDirectory);
    }

    internal static ValueToKeyMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        var host = env.Register(RegistrationName);
        host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new ValueToKeyMappingTransformer(host, ctx);
    }

    // *** Binary format ***
    // the columns (see the base class)
    // byte[]: for each column whether its key values are given as text
    // sub-model "Vocabulary":
    //   int: number of term maps, one per column
    //   the term maps (see TermMap)
    //   text stream "Terms.txt": the terms for people to read
    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        foreach (bool asText in _textAnnotations)
            ctx.Writer.WriteBoolByte(asText);
        ctx.SaveSubModel(VocabularyDirectory, sub =>
        {
            sub.CheckAtModel();
            sub.SetVersionInfo(GetVocabularyVersion());
            sub.Writer.Write(_maps.Length);
            foreach (var map in _maps)
                map.Save(sub, Host);
            sub.SaveTextStream("Terms.txt", writer =>
            {
                foreach (var map in _maps)
                    map.WriteTerms(writer);
            });
        });
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "TERMTRNF",
        verWrittenCur: 0x00010003, // any standard type; before only text
        verReadableCur: 0x00010003,
        verWeCanReadBack: 0x00010003,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(ValueToKeyMappingTransformer).Assembly.FullName);

    private static VersionInfo GetVocabularyVersion() => new(
        modelSignature: "TERM MAN",
        verWrittenCur: 0x00010002, // any standard type; before only text
        verReadableCur: 0x00010002,
        verWeCanReadBack: 0x00010002,
        loaderSignature: "TermManager",
        loaderAssemblyName: typeof(ValueToKeyMappingTransformer).Assembly.FullName);

    private DataViewSchema.Column[] ResolveInputs(DataViewSchema inputSchema)
        => Array.ConvertAll(ColumnPairs, pair =>
        {
            var column = inputSchema.GetColumnOrNull(pair.inputColumnName)
                ?? throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", pair.inputColumnName);
            var itemType = column.Type.GetItemType();
            if (itemType is not KeyDataViewType && !itemType.IsStandardScalar())
            {
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", pair.inputColumnName,
                    "standard type or a vector of standard type", column.Type.ToString());
            }
            return column;
        });

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly ValueToKeyMappingTransformer _parent;
        private readonly BoundTermMap[] _bound;

        public Mapper(ValueToKeyMappingTransformer parent, DataViewSchema inputSchema)
            : base(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
        {
            _parent = parent;
            var inputs = parent.ResolveInputs(inputSchema);
            _bound = new BoundTermMap[inputs.Length];
            for (int i = 0; i < inputs.Length; i++)
            {
                var map = parent._maps[i];
                var itemType = inputs[i].Type.GetItemType();
                if (!itemType.Equals(map.ItemType))
                {
                    throw Host.Except("Could not apply a map over type '{0}' to column '{1}' since it has type '{2}'",
                        map.ItemType, parent.ColumnPairs[i].outputColumnName, itemType);
                }
                _bound[i] = BoundTermMap.Create(Host, map, inputs[i], parent.ColumnPairs[i].outputColumnName, parent._textAnnotations[i]);
            }
        }

        protected override DataViewSchema.DetachedColumn[] MakeOutputColumns()
        {
            var columns = new DataViewSchema.DetachedColumn[_bound.Length];
            for (int i = 0; i < columns.Length; i++)
            {
                var annotations = new DataViewSchema.Annotations.Builder();
                _bound[i].AddKeyValues(annotations);
                annotations.Add(InputSchema[Sources[i]].Annotations, name => name == AnnotationUtils.Kinds.SlotNames);
                columns[i] = new DataViewSchema.DetachedColumn(
                    _parent.ColumnPairs[i].outputColumnName, _bound[i].OutputType, annotations.ToAnnotations());
            }
            return columns;
        }

        protected override Delegate MakeGetter(DataViewRow input, int index) => _bound[index].MakeGetter(input);
    }
}
