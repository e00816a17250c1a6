using Microsoft.ML.Data;
using Microsoft.ML.Data.IO;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Loading and saving of text files.</summary>
public static class TextLoaderSaverCatalog
{
    public static TextLoader CreateTextLoader(this DataOperationsCatalog catalog,
        TextLoader.Column[] columns,
        char separatorChar = TextLoader.Defaults.Separator,
        bool hasHeader = TextLoader.Defaults.HasHeader,
        IMultiStreamSource dataSample = null,
        bool allowQuoting = TextLoader.Defaults.AllowQuoting,
        bool trimWhitespace = TextLoader.Defaults.TrimWhitespace,
        bool allowSparse = TextLoader.Defaults.AllowSparse)
        => new(CatalogUtils.GetEnvironment(catalog),
            MakeOptions(separatorChar, hasHeader, allowQuoting, trimWhitespace, allowSparse, columns), dataSample);

    public static TextLoader CreateTextLoader(this DataOperationsCatalog catalog, TextLoader.Options options, IMultiStreamSource dataSample = null)
        => new(CatalogUtils.GetEnvironment(catalog), options, dataSample);

    public static TextLoader CreateTextLoader<TInput>(this DataOperationsCatalog catalog,
        char separatorChar = TextLoader.Defaults.Separator,
        bool hasHeader = TextLoader.Defaults.HasHeader,
        IMultiStreamSource dataSample = null,
        bool allowQuoting = TextLoader.Defaults.AllowQuoting,
        bool trimWhitespace = TextLoader.Defaults.TrimWhitespace,
        bool allowSparse = TextLoader.Defaults.AllowSparse)
        => TextLoader.Create<TInput>(CatalogUtils.GetEnvironment(catalog),
            MakeOptions(separatorChar, hasHeader, allowQuoting, trimWhitespace, allowSparse), dataSample);

    public static TextLoader CreateTextLoader<TInput>(this DataOperationsCatalog catalog, TextLoader.Options options, IMultiStreamSource dataSample = null)
        => TextLoader.Create<TInput>(CatalogUtils.GetEnvironment(catalog), options, dataSample);

    public static IDataView LoadFromTextFile(this DataOperationsCatalog catalog,
        string path,
        TextLoader.Column[] columns,
        char separatorChar = TextLoader.Defaults.Separator,
        bool hasHeader = TextLoader.Defaults.HasHeader,
        bool allowQuoting = TextLoader.Defaults.AllowQuoting,
        bool trimWhitespace = TextLoader.Defaults.TrimWhitespace,
        bool allowSparse = TextLoader.Defaults.AllowSparse)
    {
        CheckPath(path);
        var options = MakeOptions(separatorChar, hasHeader, allowQuoting, trimWhitespace, allowSparse, columns);
        // Without a sample: columns up to the end of the line are refused here.
        return new TextLoader(CatalogUtils.GetEnvironment(catalog), options).Load(new MultiFileSource(path));
    }

    public static IDataView LoadFromTextFile(this DataOperationsCatalog catalog, string path, TextLoader.Options options = null)
    {
        CheckPath(path);
        var source = new MultiFileSource(path);
        return new TextLoader(CatalogUtils.GetEnvironment(catalog), options, source).Load(source);
    }

    public static IDataView LoadFromTextFile<TInput>(this DataOperationsCatalog catalog,
        string path,
        char separatorChar = TextLoader.Defaults.Separator,
        bool hasHeader = TextLoader.Defaults.HasHeader,
        bool allowQuoting = TextLoader.Defaults.AllowQuoting,
        bool trimWhitespace = TextLoader.Defaults.TrimWhitespace,
        bool allowSparse = TextLoader.Defaults.AllowSparse)
        => LoadFromTextFile<TInput>(catalog, path, MakeOptions(separatorChar, hasHeader, allowQuoting, trimWhitespace, allowSparse));

    public static IDataView LoadFromTextFile<TInput>(this DataOperationsCatalog catalog, string path, TextLoader.Options options)
    {
        CheckPath(path);
        return TextLoader.Create<TInput>(CatalogUtils.GetEnvironment(catalog), options).Load(new MultiFileSource(path));
    }

    public static void SaveAsText(this DataOperationsCatalog catalog,
        IDataView data,
        Stream stream,
        char separatorChar = TextSaver.DefaultSeparator,
        bool headerRow = true,
        bool schema = true,
        bool keepHidden = false,
        bool forceDense = false)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckValue(stream, nameof(stream));
        var env = CatalogUtils.GetEnvironment(catalog);
        var saver = new TextSaver(env, separatorChar, headerRow, schema, forceDense);
        using var channel = env.Start("Saving data");
        saver.Save(channel, data, stream, keepHidden);
    }

    private static TextLoader.Options MakeOptions(
        char separator, bool hasHeader, bool allowQuoting, bool trimWhitespace, bool allowSparse, TextLoader.Column[] columns = null)
        => new()
        {
            Columns = columns,
            Separators = [separator],
            HasHeader = hasHeader,
            AllowQuoting = allowQuoting,
            TrimWhitespace = trimWhitespace,
            AllowSparse = allowSparse,
        };

    private static void CheckPath(string path)
    {
        Contracts.CheckNonEmpty(path, nameof(path));
        if (!File.Exists(path) && PathPattern.Expand(path).Length == 0)
            throw Contracts.ExceptParam(nameof(path), "File or directory does not exist at path: {0}", path);
    }
}
