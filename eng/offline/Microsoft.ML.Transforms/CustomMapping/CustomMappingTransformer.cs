using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Adds columns that the user's own code computes of an object per row.</summary>
public sealed class CustomMappingTransformer<TSrc, TDst> : ITransformer
    where TSrc : class, new()
    where TDst : class, new()
{
    private readonly IHost _host;
    private readonly Action<TSrc, TDst> _mapAction;
    private readonly string _contractName;
    private readonly SchemaDefinition _outputSchemaDefinition;

    internal CustomMappingTransformer(IHostEnvironment env, Action<TSrc, TDst> mapAction, string contractName,
        SchemaDefinition inputSchemaDefinition = null, SchemaDefinition outputSchemaDefinition = null)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(nameof(CustomMappingTransformer<TSrc, TDst>));
        _host.CheckValue(mapAction, nameof(mapAction));
        _mapAction = mapAction;
        _contractName = contractName;
        InputSchemaDefinition = inputSchemaDefinition;
        _outputSchemaDefinition = outputSchemaDefinition ?? SchemaDefinition.Create(typeof(TDst), SchemaDefinition.Direction.Write);
        AddedSchema = InternalSchemaDefinition.Create(typeof(TDst), _outputSchemaDefinition).ToSchema();
    }

    bool ITransformer.IsRowToRowMapper => true;

    internal SchemaDefinition InputSchemaDefinition { get; }

    internal DataViewSchema AddedSchema { get; }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        return RowToRowMapperTransform.GetOutputSchema(inputSchema, new Mapper(this, inputSchema));
    }

    public IDataView Transform(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new RowToRowMapperTransform(_host, input, new Mapper(this, input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        return new RowToRowMapperTransform(_host, new EmptyDataView(_host, inputSchema), new Mapper(this, inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        if (_contractName == null)
            throw _host.Except("Empty contract name for a transform: the transform cannot be saved");
        CustomMappingModel.Save(_host, ctx, _contractName, _mapAction.Method.DeclaringType.Assembly.FullName);
    }

    private sealed class Mapper : IRowMapper
    {
        private readonly IHost _host;
        private readonly CustomMappingTransformer<TSrc, TDst> _parent;
        private readonly TypedCursorable<TSrc> _source;

        public Mapper(CustomMappingTransformer<TSrc, TDst> parent, DataViewSchema inputSchema)
        {
            _host = parent._host.Register(nameof(Mapper));
            _parent = parent;
            _source = TypedCursorable<TSrc>.Create(_host, new EmptyDataView(_host, inputSchema), false, parent.InputSchemaDefinition);
        }

        public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
            => _parent.AddedSchema.Any(column => activeOutput(column.Index)) ? _source.IsNeeded : _ => false;

        public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            var getters = new Delegate[_parent.AddedSchema.Count];
            if (!_parent.AddedSchema.Any(column => activeOutput(column.Index)))
                return getters;

            var output = InputRow<TDst>.Create(_host, _parent._outputSchemaDefinition);
            var reader = _source.GetRow(input);
            var source = new TSrc();
            var destination = new TDst();
            long position = -1;
            void Refresh()
            {
                // The user's code runs once per row, whichever column is asked for first.
                if (position == input.Position)
                    return;
                reader.FillValues(source);
                _parent._mapAction(source, destination);
                output.ExtractValues(destination);
                position = input.Position;
            }
            foreach (var column in output.Schema.Where(column => activeOutput(column.Index)))
            {
                getters[column.Index] = Data.Conversion.GenericCall.InvokeStatic<Delegate>(
                    typeof(Mapper), nameof(MakeGetter), [column.Type.RawType], output, column, (Action)Refresh);
            }
            return getters;
        }

        public DataViewSchema.DetachedColumn[] GetOutputColumns()
            => [.. _parent.AddedSchema.Select(column => new DataViewSchema.DetachedColumn(column))];

        public ITransformer GetTransformer() => _parent;

        void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)_parent).Save(ctx);

        private static ValueGetter<T> MakeGetter<T>(DataViewRow row, DataViewSchema.Column column, Action refresh)
        {
            var getter = row.GetGetter<T>(column);
            return (ref T value) =>
            {
                refresh();
                getter(ref value);
            };
        }
    }
}
