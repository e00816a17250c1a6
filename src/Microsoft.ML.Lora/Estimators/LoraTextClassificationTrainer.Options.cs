using Microsoft.ML.Lora.Configuration;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Estimators;

namespace Microsoft.ML.Lora;

public sealed partial class LoraTextClassificationTrainer
{
    /// <summary>Everything about a <see cref="LoraTextClassificationTrainer"/> that can be set.</summary>
    /// <remarks>The options are copied when the trainer is made; changing them afterwards has no effect.</remarks>
    public sealed class Options
    {
        /// <summary>The label: a key, as <c>MapValueToKey</c> makes it from text, numbers or booleans.</summary>
        /// <value>Default "Label".</value>
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>The column of scores to add: a vector with the probability of each class.</summary>
        /// <value>Default "Score".</value>
        public string ScoreColumnName { get; set; } = "Score";

        /// <summary>The column of predicted labels to add: a key with the label's key values.</summary>
        /// <value>Default "PredictedLabel".</value>
        public string PredictionColumnName { get; set; } = "PredictedLabel";

        /// <summary>The text to classify.</summary>
        /// <value>Default "Sentence1".</value>
        public string Sentence1ColumnName { get; set; } = "Sentence1";

        /// <summary>A second text, where pairs are classified.</summary>
        /// <value>Default null: single texts.</value>
        public string? Sentence2ColumnName { get; set; }

        /// <summary>How much each row counts in training: a float of at least 0.</summary>
        /// <value>Default null: all rows count the same.</value>
        public string? ExampleWeightColumnName { get; set; }

        /// <summary>The model that is adapted.</summary>
        /// <value>
        /// Default null: <see cref="BaseModel.MiniEncoder"/>, from the package Microsoft.ML.Lora.MiniEncoder; with
        /// <see cref="WarmStartFrom"/> the base of that model.
        /// </value>
        public BaseModel? BaseModel { get; set; }

        /// <summary>
        /// A trained model to begin with instead of fresh adapters, for example to go on with new data: a
        /// <see cref="LoraTextClassificationTransformer"/>, or what <c>ml.Model.Load</c> made of a zip that holds one. <see cref="Lora"/> must
        /// ask for the same adapters on the same base. Rows of the head are taken over for the labels that both have, compared by value;
        /// new labels begin afresh. Optimizer state, schedule and calibration begin anew; the model itself is not changed.
        /// </summary>
        /// <value>Default null: adapters that begin as no change of the base.</value>
        public ITransformer? WarmStartFrom { get; set; }

        /// <summary>
        /// Rows to choose the best model on, to stop early and to calibrate the scores. It needs the same columns as the training set;
        /// labels with other keys are matched by their values.
        /// </summary>
        /// <value>Default null: see <see cref="TrainingOptions.ValidationFraction"/>.</value>
        public IDataView? ValidationSet { get; set; }

        /// <summary>The adapters.</summary>
        /// <value>Default: rank 8, alpha 16, dropout 0.1 on query, key and value.</value>
        public LoraOptions Lora { get; set; } = new();

        /// <summary>How adapters and head are trained: epochs, batch size, learning rate and more.</summary>
        /// <value>Default: 10 epochs of batches of 32, learning rate 1e-3 with linear warmup and decay.</value>
        public TrainingOptions Training { get; set; } = new();

        /// <summary>Longest row in tokens, special tokens included; longer texts are cut, counted and logged.</summary>
        /// <value>At least 8 and at most what the base model takes; default null: what base model and tokenizer take.</value>
        public int? MaxLength { get; set; }

        /// <summary>Whether scoring uses merged weights.</summary>
        /// <value>Default <see cref="MergeMode.Auto"/>.</value>
        public MergeMode Merge { get; set; } = MergeMode.Auto;

        /// <summary>
        /// Score each row by itself, so that its scores are the same to the last bit whatever else is scored at the time. Slower;
        /// without it scores differ between batches by rounding (1e-5 in float32, 2e-2 in bfloat16).
        /// </summary>
        /// <value>Default false.</value>
        public bool Deterministic { get; set; }

        /// <summary>
        /// Save configuration and weights of the base model with the classifier, so that one file is all there is to deploy. It is as large
        /// as the base model then; where it is loaded, the weights go to a cache on disk, which the environment variable
        /// LORA_BASE_MODEL_CACHE can name.
        /// </summary>
        /// <value>Default false: a file of a megabyte or so, and the base model is looked for where it is loaded.</value>
        public bool IncludeBaseModel { get; set; }

        /// <summary>The seed of everything random in training: same seed, data and options on the same machine, same model.</summary>
        /// <value>Default null: the seed of the <see cref="MLContext"/>, or 0 where it has none.</value>
        public int? Seed { get; set; }

        /// <summary>Told after each step and each evaluation, on the training thread unless it is a <see cref="Progress{T}"/>.</summary>
        /// <value>Default null.</value>
        public IProgress<TrainingProgress>? Progress { get; set; }

        /// <summary>Ends the training at the next step: see <see cref="TrainingOptions.OnCancel"/>.</summary>
        /// <value>Default: none.</value>
        public CancellationToken CancellationToken { get; set; }

        internal ColumnNames Columns =>
            new(LabelColumnName, ScoreColumnName, PredictionColumnName, Sentence1ColumnName, Sentence2ColumnName, ExampleWeightColumnName);

        /// <summary>A checked copy.</summary>
        /// <exception cref="ArgumentException">Something is not valid; the message names every problem.</exception>
        internal Options CheckedCopy()
        {
            ArgumentNullException.ThrowIfNull(Lora, nameof(Lora));
            ArgumentNullException.ThrowIfNull(Training, nameof(Training));
            var problems = new OptionProblems();
            Columns.Validate(problems);
            Lora.Validate(problems);
            Training.Validate(problems);
            problems.CheckEnum(nameof(Merge), Merge);
            if (WarmStartFrom is not null && ClassifierFinder.In(WarmStartFrom).Count() is var found && found != 1)
                problems.Add(nameof(WarmStartFrom), $"is a model ({WarmStartFrom.GetType().Name}) with {found} LoRA text classifiers; it must hold exactly one.");
            if (WarmStartFrom is not null && Training.StartFrom is not null)
                problems.Add("TrainingOptions.StartFrom", "is set together with WarmStartFrom; set one of them.");
            if (MaxLength is { } length)
                problems.CheckAtLeast(nameof(MaxLength), length, MinimumLength);
            if (ValidationSet is not null && Training.ValidationFraction > 0)
                problems.Add("TrainingOptions.ValidationFraction", "is set together with ValidationSet; set one of them.");
            Training.ValidateValidation(problems, ValidationSet is not null);
            problems.ThrowIfAny("options");

            var copy = (Options)MemberwiseClone();
            copy.Lora = Lora.Snapshot();
            copy.Training = Training.Snapshot();
            return copy;
        }
    }
}
