namespace Microsoft.ML.Lora.Text.PostProcessors;

/// <summary>One place of a template: the tokens of text 0 or 1 (<see cref="Sequence"/>), or a special token (-1).</summary>
/// <param name="Sequence">0 or 1; -1 for special tokens.</param>
/// <param name="Name">Name of the special token in the template; empty for a sequence.</param>
/// <param name="Ids">Ids of the special token; empty for a sequence.</param>
/// <param name="Tokens">Texts of the special token; empty for a sequence.</param>
/// <param name="TypeId">Type id of all its tokens.</param>
internal sealed record TemplateItem(int Sequence, string Name, int[] Ids, string[] Tokens, int TypeId)
{
    public static TemplateItem Text(int sequence, int typeId) => new(sequence, "", [], [], typeId);

    public static TemplateItem Special(string name, int id, int typeId) => new(-1, name, [id], [name], typeId);
}
