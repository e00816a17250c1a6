using System.Text;
using Microsoft.ML.Lora.Configuration;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>Plans which layers of a model get adapters. Everything is checked here, before anything is made.</summary>
internal static class LoraInjector
{
    /// <summary>Plans and validates.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="options">What the user asked for.</param>
    /// <exception cref="ArgumentException">The options are not valid, a target matches nothing, or a rank does not fit its layer.</exception>
    public static InjectionPlan Plan(EncoderModel model, LoraOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        var problems = new OptionProblems();
        options.Validate(problems);
        problems.ThrowIfAny(nameof(options));
        options = options.Snapshot();
        if (options.IsNone)
            return new InjectionPlan(model, options, []);

        InjectionPlan plan = Match(model, options, out TargetMatcher matcher);
        foreach (string target in matcher.UnusedTargets)
            problems.Add("LoraOptions.TargetModules", $"contains '{target}', which matches no layer of the base model.{Candidates(model)}");
        if (plan.Targets.Count == 0 && matcher.UnusedTargets.Count == 0)
        {
            problems.Add(options.TargetModulesPattern is null ? "LoraOptions.TargetModules" : "LoraOptions.TargetModulesPattern",
                $"asks for {matcher.Request}, and after exclusions and layer indices no layer of the base model is left.{Candidates(model)}");
        }

        if (matcher.UnusedTargets.Count == 0 && matcher.UnusedLayers.Count > 0)
        {
            problems.Add("LoraOptions.LayersToTransform",
                $"contains {string.Join(", ", matcher.UnusedLayers.Order())}; the targets have no such layer. The base model has {model.Config.Layers} layers, from 0.");
        }

        if (plan.Targets.Count > 0)
        {
            foreach (string pattern in matcher.UnusedPatterns)
                problems.Add("LoraOptions.RankPattern or AlphaPattern", $"contains '{pattern}', which matches no adapted layer (or an earlier pattern takes them all).");
        }

        foreach (IGrouping<(int Rank, int Limit), InjectionPlan.Target> group in plan.Targets
            .Where(t => t.Module.Rank > Math.Min(t.Part.InFeatures, t.Part.OutFeatures))
            .GroupBy(t => (t.Module.Rank, Math.Min(t.Part.InFeatures, t.Part.OutFeatures))))
        {
            problems.Add("LoraOptions.Rank",
                $"is {group.Key.Rank} for '{group.First().Module.Module}' ({group.Count()} layers like it), whose smaller side is {group.Key.Limit}; a rank above that adds nothing. Use 1 to {group.Key.Limit}.");
        }

        problems.ThrowIfAny(nameof(options));
        return plan;
    }

    /// <summary>
    /// Plans as PEFT does for an existing adapter: a target that matches nothing is passed over and any rank is accepted; the adapter's
    /// tensors decide whether it fits.
    /// </summary>
    public static InjectionPlan PlanForFile(EncoderModel model, LoraOptions options) =>
        options.IsNone ? new InjectionPlan(model, options, []) : Match(model, options, out _);

    private static InjectionPlan Match(EncoderModel model, LoraOptions options, out TargetMatcher matcher)
    {
        matcher = new TargetMatcher(options, model.DefaultTargetModules);
        var targets = new List<InjectionPlan.Target>();
        foreach (LinearSlot slot in model.Slots)
        {
            for (int i = 0; i < slot.Parts.Count; i++)
            {
                LinearPart part = slot.Parts[i];
                string path = model.PathPrefix + part.Path;
                if (!matcher.Matches(path))
                    continue;
                int rank = matcher.RankOf(path);
                double alpha = matcher.AlphaOf(path);
                var module = new AdaptedModule(path, rank, alpha, LoraMath.Scaling(alpha, rank, options.UseRsLora), part.InFeatures, part.OutFeatures);
                targets.Add(new InjectionPlan.Target(slot, part, i, module));
            }
        }

        return new InjectionPlan(model, options, targets);
    }

    /// <summary>The names that would match, shortest form, with how often each occurs.</summary>
    private static string Candidates(EncoderModel model)
    {
        var text = new StringBuilder(" It could match: ");
        string[] paths = model.Slots.SelectMany(s => s.Parts).Select(p => model.PathPrefix + p.Path).ToArray();
        var names = paths.GroupBy(p => ShortestSuffix(p, paths)).Select(g => g.Count() == 1 ? g.Key : $"{g.Key} ({g.Count()})");
        return text.AppendJoin(", ", names).Append(", or any whole path such as '").Append(paths.FirstOrDefault()).Append("'.").ToString();
    }

    /// <summary>The shortest dotted suffix that means this kind of layer and no other kind.</summary>
    private static string ShortestSuffix(string path, string[] paths)
    {
        string kind = Kind(path);
        string[] names = path.Split('.');
        for (int n = 1; n < names.Length; n++)
        {
            string suffix = string.Join('.', names[^n..]);
            if (!char.IsDigit(suffix[0]) && paths.Where(p => p.EndsWith("." + suffix, StringComparison.Ordinal)).All(p => Kind(p) == kind))
                return suffix;
        }

        return path;

        static string Kind(string path) => string.Join('.', path.Split('.').Select(n => int.TryParse(n, out _) ? "N" : n));
    }
}
