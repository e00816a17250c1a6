namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>Refuses values that contain themselves or are nested too deep, so that whoever walks over one comes to an end.</summary>
internal static class PickleShape
{
    /// <summary>More than any checkpoint nests.</summary>
    public const int MaxDepth = 200;

    /// <summary>Checks a value. Each container is visited once, however often it occurs.</summary>
    public static void Check(object? root, PickleStream stream)
    {
        if (Children(root) is not { } first)
            return;
        // What is done has its depth; what is on the path has 0.
        var depths = new Dictionary<object, int>(ReferenceEqualityComparer.Instance) { [root!] = 0 };
        var path = new Stack<(object Value, IEnumerator<object?> Children, int Deepest)>();
        path.Push((root!, first.GetEnumerator(), 0));
        while (path.Count > 0)
        {
            (object value, IEnumerator<object?> rest, int deepest) = path.Pop();
            if (!rest.MoveNext())
            {
                depths[value] = deepest + 1;
                if (path.Count > 0)
                {
                    var parent = path.Pop();
                    path.Push(parent with { Deepest = Math.Max(parent.Deepest, deepest + 1) });
                }

                continue;
            }

            object? child = rest.Current;
            IEnumerable<object?>? grandchildren = Children(child);
            int known = 0;
            if (grandchildren is not null && depths.TryGetValue(child!, out known) && known == 0)
                throw stream.Error("a value of the pickle contains itself", PickleCall.Describe(child), "values that end");
            path.Push((value, rest, Math.Max(deepest, known)));
            if (path.Count + known > MaxDepth)
                throw stream.Error("the values of the pickle are nested too deep", $"{path.Count + known} levels", $"at most {MaxDepth} levels");
            if (grandchildren is not null && known == 0)
            {
                depths.Add(child!, 0);
                path.Push((child!, grandchildren.GetEnumerator(), 0));
            }
        }
    }

    private static IEnumerable<object?>? Children(object? value) => value switch
    {
        PickleTuple { Items.Length: > 0 } tuple => tuple.Items,
        PickleList { Items.Count: > 0 } list => list.Items,
        PickleDictionary dictionary when dictionary.Items.Count > 0 || dictionary.Attributes is not null => Children(dictionary),
        _ => null,
    };

    private static IEnumerable<object?> Children(PickleDictionary dictionary)
    {
        foreach ((object? key, object? value) in dictionary.Items)
        {
            yield return key;
            yield return value;
        }

        yield return dictionary.Attributes;
    }
}
