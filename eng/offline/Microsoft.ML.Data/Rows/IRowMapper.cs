namespace Microsoft.ML.Data;

/// <summary>Computes added columns of a row from columns of the same row.</summary>
internal interface IRowMapper : ICanSaveModel
{
    /// <summary>Which input columns are needed for these added columns.</summary>
    Func<int, bool> GetDependencies(Func<int, bool> activeOutput);

    /// <summary>One getter per added column, null where it is not active.</summary>
    Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer);

    DataViewSchema.DetachedColumn[] GetOutputColumns();

    ITransformer GetTransformer();
}
