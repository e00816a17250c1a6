using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Scores rows of a view; safe for any number of threads, each of which opens passes of its own.</summary>
internal interface IRowScorer
{
    /// <summary>The input columns that a pass reads.</summary>
    IEnumerable<DataViewSchema.Column> InputColumns(DataViewSchema schema);

    /// <summary>Begins a pass with the model as it is now; a model that is exchanged meanwhile is not seen by it. The caller disposes it.</summary>
    /// <param name="input">Whose current row is read.</param>
    IScoringPass Open(DataViewRow input);

    /// <summary>The getter of an added column.</summary>
    /// <param name="added">Its position among the added columns.</param>
    /// <param name="column">The column, for messages.</param>
    /// <param name="current">The current row.</param>
    Delegate CreateGetter(int added, DataViewSchema.Column column, Func<Scored> current);
}
