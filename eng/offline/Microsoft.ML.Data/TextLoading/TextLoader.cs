using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(TextLoader.Summary, typeof(TextLoader), null, typeof(SignatureLoadModel), "Text Loader", TextLoader.LoaderSignature)]

namespace Microsoft.ML.Data;

/// <summary>Loads text files, one row per line.</summary>
public sealed partial class TextLoader : IDataLoader<IMultiStreamSource>
{
    internal const string Summary = "Loads text data file.";
    internal const string LoaderSignature = "TextLoader";
    private const string IllegalSeparators = "\0\r\n\"0123456789";

    private readonly IHost _host;
    private readonly TextLineFormat _format;
    private readonly TextLayout _layout;

    internal TextLoader(IHostEnvironment env, Options options = null, IMultiStreamSource dataSample = null)
    {
        options ??= new Options();
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(LoaderSignature);
        dataSample ??= new MultiFileSource(null);
        var headerFile = string.IsNullOrWhiteSpace(options.HeaderFile) ? null : new MultiFileSource(options.HeaderFile);

        var columns = options.Columns;
        if (columns == null || columns.Length == 0)
        {
            // Options inside the file, else one label and the rest features.
            if (EmbeddedOptions.TryRead(_host, headerFile ?? dataSample, ref options))
                columns = options.Columns;
            else
                columns = [Column.Parse("Label:0"), Column.Parse("Features:1-*")];
        }
        _format = MakeFormat(options, headerFile != null);
        _layout = new TextLayoutBuilder(_host, _format, headerFile, dataSample).Build(columns);
    }

    private TextLoader(IHost host, ModelLoadContext ctx)
    {
        _host = host;
        host.CheckDecode(ctx.Reader.ReadInt32() == sizeof(float));
        long maxRows = ctx.Reader.ReadInt64();
        host.CheckDecode(maxRows > 0);
        var flags = (TextLoaderFlags)ctx.Reader.ReadUInt32();
        host.CheckDecode((flags & ~TextLoaderFlags.All) == 0);
        int inputSize = ctx.Reader.ReadInt32();
        host.CheckDecode(inputSize is >= 0 and < TextSegment.Endless);
        char[] separators = ctx.Reader.ReadCharArray();
        host.CheckDecode(separators.Length > 0 && separators.All(c => !IllegalSeparators.Contains(c)));
        host.CheckDecode(!separators.Contains(':') || (flags & TextLoaderFlags.AllowSparse) == 0);
        char escape = ctx.Reader.ReadChar();
        char marker = ctx.Reader.ReadChar();
        host.CheckDecode(marker is '.' or ',');
        host.CheckDecode(!separators.Contains(escape));
        _format = new TextLineFormat(flags, separators, escape, marker, inputSize, maxRows, UseThreads: true);
        _layout = TextLayout.Load(host, _format, ctx);
    }

    internal static TextLoader Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        var host = env.Register(LoaderSignature);
        host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        using var channel = host.Start("Loading Model");
        return new TextLoader(host, ctx);
    }

    /// <summary>Columns by the members of a class, which must all have a LoadColumn attribute.</summary>
    internal static TextLoader Create<TInput>(IHostEnvironment env, Options options, IMultiStreamSource dataSample = null)
    {
        options ??= new Options();
        var members = typeof(TInput).GetFields(BindingFlags.Public | BindingFlags.Instance)
            .Concat<MemberInfo>(typeof(TInput).GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.GetGetMethod() != null && property.GetIndexParameters().Length == 0))
            .ToArray();
        if (members.Length == 0)
            throw env.ExceptParam(nameof(TInput), "Should define at least one public, readable field or property in TInput.");
        options.Columns = Array.ConvertAll(members, member => MakeColumn(env, member));
        return new TextLoader(env, options, dataSample);
    }

    public DataViewSchema GetOutputSchema() => _layout.Schema;

    public IDataView Load(IMultiStreamSource source) => new TextView(_host, _format, _layout, source);

    // *** Binary format ***
    // int: 4, the size of a float
    // long: maximum number of rows
    // uint: flags
    // int: number of fields, 0 when the data says it
    // char[]: separators (int: count, short[])
    // char: escape character
    // char: decimal marker
    // the columns (see TextLayout)
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        _host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.Writer.Write(sizeof(float));
        ctx.Writer.Write(_format.MaxRows);
        ctx.Writer.Write((uint)_format.Flags);
        ctx.Writer.Write(_format.InputSize);
        ctx.Writer.WriteCharArray(_format.Separators);
        ctx.Writer.Write(_format.EscapeChar);
        ctx.Writer.Write(_format.DecimalMarker);
        _layout.Save(ctx);
    }

    internal static KeyDataViewType MakeKeyType(InternalDataKind kind, KeyCount keyCount)
    {
        var raw = kind.ToType();
        Contracts.CheckUserArg(KeyDataViewType.IsValidDataType(raw), nameof(Column.Type), "Bad item type for Key");
        return new KeyDataViewType(raw, keyCount.Count ?? raw.ToMaxInt());
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "TXTLOADR",
        verWrittenCur: 0x0001000E, // missing numbers as NaN
        verReadableCur: 0x0001000A,
        verWeCanReadBack: 0x0001000E,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(TextLoader).Assembly.FullName);

    private static Column MakeColumn(IHostEnvironment env, MemberInfo member)
    {
        bool isField = member is FieldInfo;
        var source = member.GetCustomAttribute<LoadColumnAttribute>()
            ?? throw env.Except($"{(isField ? "Field" : "Property")} '{member.Name}' is missing the {nameof(LoadColumnAttribute)} attribute");
        var type = isField ? ((FieldInfo)member).FieldType : ((PropertyInfo)member).PropertyType;
        if (!(type.IsArray ? type.GetElementType() : type).TryGetDataKind(out var kind))
            throw Contracts.Except($"{(isField ? "Field" : "Property")} {member.Name} is of unsupported type.");
        return new Column
        {
            Name = member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name,
            Source = source.Sources,
            KeyCount = member.GetCustomAttribute<KeyTypeAttribute>() is { } key ? new KeyCount { Count = key.KeyCount } : null,
            Type = kind,
        };
    }

    private TextLineFormat MakeFormat(Options options, bool hasHeaderFile)
    {
        long maxRows = options.MaxRows ?? long.MaxValue;
        _host.CheckUserArg(maxRows >= 0, nameof(options.MaxRows));
        int inputSize = options.InputSize ?? 0;
        _host.Check(inputSize >= 0, "inputSize");
        _host.CheckNonEmpty(options.Separator, nameof(options.Separator), "Must specify a separator");
        char[] separators = GetSeparators(options);

        if (options.DecimalMarker is not ('.' or ','))
            throw _host.ExceptUserArg(nameof(options.DecimalMarker), "Decimal marker cannot be the '{0}' character. It must be '.' or ','.", options.DecimalMarker);
        if (!options.AllowQuoting && options.DecimalMarker == ',' && separators.Contains(','))
            throw _host.ExceptUserArg(nameof(options.AllowQuoting), "Quoting must be allowed if decimal marker and separator are the ',' character.");
        if (separators.Contains(options.EscapeChar))
            throw _host.ExceptUserArg(nameof(options.EscapeChar), "EscapeChar '{0}' can't be used both as EscapeChar and separator", options.EscapeChar);

        var flags = When(options.TrimWhitespace, TextLoaderFlags.TrimWhitespace)
            | When(options.HasHeader && !hasHeaderFile, TextLoaderFlags.HasHeader)
            | When(options.AllowQuoting, TextLoaderFlags.AllowQuoting)
            | When(options.AllowSparse, TextLoaderFlags.AllowSparse)
            | When(options.AllowQuoting && options.ReadMultilines, TextLoaderFlags.ReadMultilines)
            | When(options.MissingRealsAsNaNs, TextLoaderFlags.MissingRealsAsNaNs);
        return new TextLineFormat(flags, separators, options.EscapeChar, options.DecimalMarker,
            Math.Min(inputSize, TextSegment.Endless - 1), maxRows, options.UseThreads);

        static TextLoaderFlags When(bool condition, TextLoaderFlags flag) => condition ? flag : 0;
    }

    private char[] GetSeparators(Options options)
    {
        if (options.Separators.Length > 1 || options.Separators[0] != Defaults.Separator)
            return [.. options.Separators.Select(c => Normalize(c.ToString(), options)).Distinct()];
        string text = options.Separator.ToLowerInvariant();
        char[] separators = [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(name => Normalize(name, options)).Distinct()];
        return separators.Length > 0 ? separators : [','];
    }

    private char Normalize(string separator, Options options)
    {
        switch (separator)
        {
            case "space":
                return ' ';
            case "tab" or "\t":
                return '\t';
            case "comma":
                return ',';
            case "colon" or ":":
                _host.CheckUserArg(!options.AllowSparse, nameof(Options.Separator), "When the separator is colon, turn off allowSparse");
                return ':';
            case "semicolon":
                return ';';
            case "bar":
                return '|';
        }
        if (separator.Length != 1 || separator[0] < ' ' || char.IsAsciiDigit(separator[0]) || separator[0] == '"')
            throw _host.ExceptUserArg(nameof(Options.Separator), "Illegal separator: '{0}'", separator);
        return separator[0];
    }
}
