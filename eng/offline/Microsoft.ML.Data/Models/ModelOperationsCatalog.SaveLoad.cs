using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <content>Model files.</content>
public sealed partial class ModelOperationsCatalog
{
    private const string SchemaEntry = "Schema";

    public void Save<TSource>(ITransformer model, IDataLoader<TSource> loader, Stream stream)
    {
        _env.CheckValue(loader, nameof(loader));
        _env.CheckValue(stream, nameof(stream));
        var chain = model == null ? null : new TransformerChain<ITransformer>(model);
        using var repository = RepositoryWriter.CreateNew(stream, _env);
        ModelSaveContext.SaveModel(repository, new CompositeDataLoader<TSource, ITransformer>(loader, chain), null);
        repository.Commit();
    }

    public void Save<TSource>(ITransformer model, IDataLoader<TSource> loader, string filePath)
    {
        _env.CheckValue(loader, nameof(loader));
        _env.CheckNonEmpty(filePath, nameof(filePath));
        using var stream = File.Create(filePath);
        Save(model, loader, stream);
    }

    public void Save(ITransformer model, DataViewSchema inputSchema, Stream stream)
    {
        _env.CheckValue(stream, nameof(stream));
        using var repository = RepositoryWriter.CreateNew(stream, _env);
        ModelSaveContext.SaveModel(repository, model, TransformerChainLoader.LoaderSignature);
        if (inputSchema != null)
            SaveSchema(repository, inputSchema);
        repository.Commit();
    }

    public void Save(ITransformer model, DataViewSchema inputSchema, string filePath)
    {
        _env.CheckNonEmpty(filePath, nameof(filePath));
        using var stream = File.Create(filePath);
        Save(model, inputSchema, stream);
    }

    public ITransformer Load(Stream stream, out DataViewSchema inputSchema)
    {
        _env.CheckValue(stream, nameof(stream));
        using var repository = RepositoryReader.Open(stream, _env);
        var schema = repository.OpenEntryOrNull(SchemaEntry);
        if (schema != null)
        {
            inputSchema = new BinaryLoader(_env, schema.Stream).Schema;
            ModelLoadContext.LoadModel<ITransformer, SignatureLoadModel>(
                _env, out var chain, repository, TransformerChainLoader.LoaderSignature);
            return chain;
        }
        if (ModelLoadContext.LoadModelOrNull<IDataLoader<IMultiStreamSource>, SignatureLoadModel>(_env, out var loader, repository, null))
        {
            var transformer = TakeTransformer(ref loader);
            inputSchema = loader.GetOutputSchema();
            return transformer;
        }
        if (ModelLoadContext.LoadModelOrNull<ITransformer, SignatureLoadModel>(
            _env, out var bare, repository, TransformerChainLoader.LoaderSignature))
        {
            inputSchema = null;
            return bare;
        }
        throw LegacyFormat(repository);
    }

    public ITransformer Load(string filePath, out DataViewSchema inputSchema)
    {
        _env.CheckNonEmpty(filePath, nameof(filePath));
        using var stream = File.OpenRead(filePath);
        return Load(stream, out inputSchema);
    }

    public ITransformer LoadWithDataLoader(Stream stream, out IDataLoader<IMultiStreamSource> loader)
    {
        _env.CheckValue(stream, nameof(stream));
        using var repository = RepositoryReader.Open(stream);
        try
        {
            ModelLoadContext.LoadModel<IDataLoader<IMultiStreamSource>, SignatureLoadModel>(_env, out loader, repository, null);
            return TakeTransformer(ref loader);
        }
        catch (Exception ex)
        {
            throw _env.Except(ex, "Model does not contain an IDataLoader. Perhaps this was saved with an DataViewSchema, or even no "
                + "information on its input at all. Consider using the Load method instead.");
        }
    }

    public ITransformer LoadWithDataLoader(string filePath, out IDataLoader<IMultiStreamSource> loader)
    {
        _env.CheckNonEmpty(filePath, nameof(filePath));
        using var stream = File.OpenRead(filePath);
        return LoadWithDataLoader(stream, out loader);
    }

    private void SaveSchema(RepositoryWriter repository, DataViewSchema schema)
    {
        using var channel = _env.Start("Saving Schema");
        var entry = repository.CreateEntry(SchemaEntry);
        var saver = new BinarySaver(_env);
        saver.Save(entry.Stream, new EmptyDataView(_env, schema));
    }

    /// <summary>Saving puts the transformer into a chain of one behind the loader; this takes it out again.</summary>
    private static ITransformer TakeTransformer(ref IDataLoader<IMultiStreamSource> loader)
    {
        if (loader is not CompositeDataLoader<IMultiStreamSource, ITransformer> composite)
            return new TransformerChain<ITransformer>();
        loader = composite.Loader;
        var transformers = ((ITransformerChainAccessor)composite.Transformer).Transformers;
        return transformers.Length == 1 ? transformers[0] : composite.Transformer;
    }

    /// <summary>What the original reports when a file is not of the format before version 1.0 either, which is not read here.</summary>
    private Exception LegacyFormat(RepositoryReader repository)
    {
        try
        {
            repository.OpenEntry("DataLoaderModel", ModelLoadContext.ModelStreamName).Dispose();
            return _env.ExceptNotSupp("Models of the format before version 1.0 are not read.");
        }
        catch (InvalidOperationException ex)
        {
            return _env.Except(ex, "Could not load legacy format model");
        }
    }
}
