using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>What adapting a model will do, already validated: nothing that follows can fail for a reason the user could have been told before.</summary>
/// <param name="model">The base model.</param>
/// <param name="options">The options it was made from.</param>
/// <param name="modules">The layers that get an adapter, with their place in the model.</param>
internal sealed class InjectionPlan(EncoderModel model, LoraOptions options, IReadOnlyList<InjectionPlan.Target> modules)
{
    /// <summary>A layer that gets an adapter.</summary>
    /// <param name="Slot">Where its projection is computed.</param>
    /// <param name="Part">Which projection of the slot.</param>
    /// <param name="PartIndex">Its index in the slot.</param>
    /// <param name="Module">Path, rank, scaling.</param>
    internal readonly record struct Target(LinearSlot Slot, LinearPart Part, int PartIndex, AdaptedModule Module);

    public EncoderModel Model => model;

    public LoraOptions Options => options;

    public IReadOnlyList<Target> Targets => modules;

    /// <summary>
    /// The report in PEFT's form. PEFT counts a model with its own, frozen head and the trained copy of it, and so does this, so that the
    /// numbers are the same.
    /// </summary>
    /// <param name="headParameters">Numbers in the head; 0 when there is none.</param>
    /// <param name="trainHead">Whether it is trained.</param>
    public InjectionReport Report(long headParameters, bool trainHead = true)
    {
        long adapters = modules.Sum(t => t.Module.ParameterCount);
        long trained = trainHead ? headParameters : 0;
        return new InjectionReport(modules.Select(t => t.Module).ToArray(), adapters + trained, model.ParameterCount + headParameters + adapters + trained);
    }

    /// <summary>
    /// Makes the adapters: A uniform in ±1/sqrt(in) (Kaiming with a = sqrt 5), B zero, so that the model computes what it did before.
    /// </summary>
    /// <param name="seed">The user's seed.</param>
    public LoraAdapter Create(ulong seed) => Create(
        target =>
        {
            float[] a = new float[target.Module.Rank * target.Part.InFeatures];
            float bound = 1 / MathF.Sqrt(target.Part.InFeatures);
            CounterRandom.FillUniform(CounterRandom.Key(seed, RandomStreams.LoraInit, (ulong)target.Slot.Site, (ulong)target.PartIndex), -bound, bound, a);
            return a;
        },
        target => new float[target.Module.Rank * target.Part.OutFeatures]);

    /// <summary>Makes the adapters with given numbers: A (r, in) and B (out, r), row by row.</summary>
    public LoraAdapter Create(Func<Target, float[]> valuesOfA, Func<Target, float[]> valuesOfB)
    {
        var parts = new List<(int Site, AdaptedPart Part)>();
        try
        {
            foreach (Target target in modules)
            {
                int rank = target.Module.Rank;
                Tensor a = Leaf(valuesOfA(target), rank, target.Part.InFeatures);
                Tensor b = Leaf(valuesOfB(target), target.Part.OutFeatures, rank);
                parts.Add((target.Slot.Site, new AdaptedPart(target.Module, target.Part.FirstOutput, a, b)));
            }
        }
        catch
        {
            foreach ((_, AdaptedPart part) in parts)
                part.Dispose();
            throw;
        }

        return new LoraAdapter(options, parts);
    }

    private Tensor Leaf(float[] values, int rows, int columns) =>
        tensor(values, rows, columns, ScalarType.Float32, model.Device).requires_grad_(true).DetachFromDisposeScope();
}
