using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Builds the term maps of all columns in one pass over the data, or from a view of given terms.</summary>
internal sealed class TermMapTraining(
    IHost host, IChannel channel, ValueToKeyMappingEstimator.ColumnOptions[] options, DataViewSchema.Column[] inputs)
{
    public TermMap[] Train(IDataView data, IDataView keyData)
    {
        if (keyData != null)
            return TakeTermsFrom(keyData);
        foreach (var column in options)
            channel.CheckUserArg(column.MaximumNumberOfKeys > 0, "MaxNumTerms", "Must be positive");

        var needed = inputs.Select(input => input.Index).ToHashSet();
        using var cursor = data.GetRowCursor(data.Schema.Where(column => needed.Contains(column.Index)));
        var builders = new TermMapBuilder[options.Length];
        for (int i = 0; i < builders.Length; i++)
            builders[i] = TermMapBuilder.Create(cursor, inputs[i], options[i].KeyOrdinality, options[i].MaximumNumberOfKeys);
        Read(cursor, builders);
        return Finish(builders);
    }

    private void Read(DataViewRowCursor cursor, TermMapBuilder[] builders)
    {
        var open = builders.ToList();
        // Stops early when every column has as many terms as it may have.
        while (open.Count > 0 && cursor.MoveNext())
        {
            host.CheckAlive();
            open.RemoveAll(builder => !builder.ProcessRow());
        }
    }

    private TermMap[] Finish(TermMapBuilder[] builders)
    {
        var maps = new TermMap[builders.Length];
        for (int i = 0; i < maps.Length; i++)
        {
            if (builders[i].Count == 0)
                channel.Warning("Term map for output column '{0}' contains no entries.", options[i].OutputColumnName);
            maps[i] = builders[i].Finish();
        }
        return maps;
    }

    // The terms, in the order wanted for the first column, serve all columns.
    private TermMap[] TakeTermsFrom(IDataView keyData)
    {
        var source = keyData.Schema[0];
        var wanted = inputs[0].Type.GetItemType();
        if (!source.Type.Equals(wanted))
            throw channel.ExceptUserArg(nameof(keyData), "Input data's column must be of type '{0}' but was '{1}'", wanted, source.Type);
        TermMap map;
        using (var cursor = keyData.GetRowCursor([source]))
        {
            var builder = TermMapBuilder.Create(cursor, source, options[0].KeyOrdinality, int.MaxValue);
            Read(cursor, [builder]);
            if (builder.Count == 0)
                channel.Warning("Map from the term data resulted in an empty map.");
            map = builder.Finish();
        }
        for (int i = 0; i < inputs.Length; i++)
        {
            var itemType = inputs[i].Type.GetItemType();
            if (!map.ItemType.Equals(itemType))
            {
                throw channel.ExceptParam(nameof(keyData), "Terms from input data type '{0}' but mismatches column '{1}' item type '{2}'",
                    map.ItemType, options[i].OutputColumnName, itemType);
            }
        }
        return Enumerable.Repeat(map, inputs.Length).ToArray();
    }
}
