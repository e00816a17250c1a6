using Microsoft.ML.Data;
using Microsoft.ML.Lora.MLNetInterop;

namespace Microsoft.ML.Lora.Data;

/// <summary>Checks that input columns are there and of the right type; each message names the column, what it is and what it must be.</summary>
internal static class InputColumns
{
    /// <summary>Finds a column of texts.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or holds something else.</exception>
    public static DataViewSchema.Column Text(DataViewSchema schema, string role, string name)
    {
        DataViewSchema.Column column = Find(schema, role, name);
        if (column.Type is not TextDataViewType)
            throw WrongType(role, name, $"{column.Type}", "a single text (String)");
        return column;
    }

    /// <summary>Finds the label column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or not of a key type.</exception>
    public static DataViewSchema.Column Label(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = Find(schema, "label", name);
        if (column.Type is not KeyDataViewType)
            throw WrongType("label", name, $"{column.Type}", KeyExpected(name));
        return column;
    }

    /// <summary>Finds the column of example weights.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or not a single float.</exception>
    public static DataViewSchema.Column Weight(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = Find(schema, "example weight", name);
        if (!column.Type.Equals(NumberDataViewType.Single))
            throw WrongType("example weight", name, $"{column.Type}", "a single float (Single)");
        return column;
    }

    /// <summary>Makes the same checks on a shape, before any data is there, and returns the label's shape.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    public static SchemaShape.Column CheckShape(SchemaShape shape, ColumnNames names)
    {
        CheckTextShape(shape, "sentence1", names.Sentence1);
        if (names.Sentence2 is not null)
            CheckTextShape(shape, "sentence2", names.Sentence2);
        if (names.Weight is not null)
        {
            SchemaShape.Column weight = Find(shape, "example weight", names.Weight);
            if (weight.Kind != SchemaShape.Column.VectorKind.Scalar || weight.IsKey || !weight.ItemType.Equals(NumberDataViewType.Single))
                throw WrongType("example weight", names.Weight, OutputShape.Describe(weight), "a single float (Single)");
        }

        SchemaShape.Column label = Find(shape, "label", names.Label);
        if (label.Kind != SchemaShape.Column.VectorKind.Scalar || !label.IsKey)
            throw WrongType("label", names.Label, OutputShape.Describe(label), KeyExpected(names.Label));
        return label;
    }

    private static void CheckTextShape(SchemaShape shape, string role, string name)
    {
        SchemaShape.Column column = Find(shape, role, name);
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar || column.IsKey || column.ItemType is not TextDataViewType)
            throw WrongType(role, name, OutputShape.Describe(column), "a single text (String)");
    }

    private static DataViewSchema.Column Find(DataViewSchema schema, string role, string name) =>
        schema.GetColumnOrNull(name) ?? throw Missing(role, name, schema.Where(column => !column.IsHidden).Select(column => column.Name));

    private static SchemaShape.Column Find(SchemaShape shape, string role, string name)
    {
        foreach (SchemaShape.Column column in shape)
        {
            if (column.Name == name)
                return column;
        }

        throw Missing(role, name, shape.Select(column => column.Name));
    }

    private static ArgumentOutOfRangeException Missing(string role, string name, IEnumerable<string> present) =>
        new("inputSchema", $"Could not find {role} column '{name}'. The input has: {string.Join(", ", present.Select(n => $"'{n}'"))}.");

    private static ArgumentOutOfRangeException WrongType(string role, string name, string actual, string expected) =>
        new("inputSchema", $"Schema mismatch for {role} column '{name}': expected {expected}, got {actual}.");

    private static string KeyExpected(string name) =>
        $"a key type (put ml.Transforms.Conversion.MapValueToKey(\"{name}\") before the trainer)";
}
