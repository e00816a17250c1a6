using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A transformer whose output columns are each computed from one input column.</summary>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    internal readonly (string outputColumnName, string inputColumnName)[] ColumnPairs;

    private protected OneToOneTransformerBase(IHost host, params (string outputColumnName, string inputColumnName)[] columns)
        : base(host)
    {
        host.CheckValue(columns, nameof(columns));
        var names = new HashSet<string>();
        foreach (var (output, input) in columns)
        {
            host.CheckNonEmpty(input, nameof(columns));
            host.CheckNonEmpty(output, nameof(columns));
            if (!names.Add(output))
                throw Contracts.ExceptParam(nameof(columns), $"Name of the result column '{output}' specified multiple times");
        }
        ColumnPairs = columns;
    }

    private protected OneToOneTransformerBase(IHost host, ModelLoadContext ctx)
        : base(host)
        => ColumnPairs = LoadColumns(ctx);

    // *** Binary format ***
    // int: number of output columns
    // for each: int: id of the output name, int: id of the input name
    private protected static (string, string)[] LoadColumns(ModelLoadContext ctx)
    {
        var pairs = new (string, string)[ctx.Reader.ReadInt32()];
        for (int i = 0; i < pairs.Length; i++)
            pairs[i] = (ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString());
        return pairs;
    }

    private protected void SaveColumns(ModelSaveContext ctx)
    {
        ctx.Writer.Write(ColumnPairs.Length);
        foreach (var (output, input) in ColumnPairs)
        {
            ctx.SaveNonEmptyString(output);
            ctx.SaveNonEmptyString(input);
        }
    }

    private protected virtual void CheckInputColumn(DataViewSchema inputSchema, int index, int source)
    {
    }

    private protected abstract class OneToOneMapperBase : MapperBase
    {
        /// <summary>For each output column the index of its input column.</summary>
        protected readonly int[] Sources;

        protected OneToOneMapperBase(IHost host, OneToOneTransformerBase parent, DataViewSchema inputSchema)
            : base(host, inputSchema, parent)
        {
            Sources = new int[parent.ColumnPairs.Length];
            for (int i = 0; i < Sources.Length; i++)
            {
                string name = parent.ColumnPairs[i].inputColumnName;
                int? source = inputSchema.GetColumnOrNull(name)?.Index;
                Sources[i] = source ?? throw parent.Host.ExceptSchemaMismatch(nameof(inputSchema), "input", name);
                parent.CheckInputColumn(inputSchema, i, Sources[i]);
            }
        }

        public override Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
        {
            var needed = new bool[InputSchema.Count];
            for (int i = 0; i < Sources.Length; i++)
                needed[Sources[i]] |= activeOutput(i);
            return index => needed[index];
        }
    }
}
