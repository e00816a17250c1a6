using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Text;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// A classifier as it is between two exchanges: what was saved, its tokenizer, and its native side, which is made when it is first needed, given
/// back by <see cref="Release"/>, and made again if it is used after that.
/// </summary>
/// <param name="state">The classifier.</param>
/// <param name="encoder">Its tokenizer.</param>
/// <param name="model">The native side, whose reference passes to this; null where it is not loaded.</param>
internal sealed class ClassifierVersion(ClassifierState state, Lazy<RowEncoder> encoder, ScoringModel? model = null)
{
    private readonly object _loading = new();
    private readonly CountedReference<ScoringModel> _model = new(model);
    private bool _retired;

    /// <summary>The version that has not been used.</summary>
    public ClassifierVersion(ClassifierState state)
        : this(state, new Lazy<RowEncoder>(() => new RowEncoder(
            HuggingFaceTokenizer.Load(state.Tokenizer.Select(file => (file.Name, file.Content))), state.Settings.MaxLength)))
    {
    }

    public ClassifierState State => state;

    public Lazy<RowEncoder> Encoder => encoder;

    /// <summary>The native side with a reference of the caller's own.</summary>
    /// <param name="load">Makes it, with one reference, where it is not there; called by one thread at a time.</param>
    /// <returns>Null where another version has taken this one's place.</returns>
    public ScoringModel? Borrow(Func<ClassifierState, ScoringModel> load)
    {
        if (_model.Borrow() is { } loaded)
            return loaded;
        lock (_loading)
        {
            if (_model.Borrow() is { } now)
                return now;
            if (_retired)
                return null;
            ScoringModel made = load(state);
            _ = made.TryAddReference();
            _model.Replace(made);
            return made;
        }
    }

    /// <summary>Gives the native side back; users who have it finish with it.</summary>
    public void Release() => _model.Replace(null);

    /// <summary>Gives the native side back for good: another version has taken this one's place.</summary>
    public void Retire()
    {
        lock (_loading)
            _retired = true;
        Release();
    }
}
