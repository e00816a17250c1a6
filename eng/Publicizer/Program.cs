using Microsoft.ML.Lora.Publicizer;

// publicizer OUTPUT-FOLDER TYPE-LIST ASSEMBLY...
// TYPE-LIST: a text file, one full type name a line; # starts a comment. Every type must be found in one of the assemblies.
if (args.Length < 3)
{
    Console.Error.WriteLine("usage: publicizer OUTPUT-FOLDER TYPE-LIST ASSEMBLY...");
    return 2;
}

var wanted = File.ReadLines(args[1])
    .Select(line => line.Split('#')[0].Trim())
    .Where(line => line.Length > 0)
    .ToHashSet(StringComparer.Ordinal);
var missing = new HashSet<string>(wanted, StringComparer.Ordinal);

var patched = new Dictionary<string, byte[]>();
foreach (string path in args.Skip(2))
{
    (byte[] image, IReadOnlyCollection<string> found) = VisibilityPatcher.Patch(File.ReadAllBytes(path), wanted);
    missing.ExceptWith(found);
    patched.Add(Path.Combine(args[0], Path.GetFileName(path)), image);
}

if (missing.Count > 0)
{
    foreach (string name in missing.Order(StringComparer.Ordinal))
        Console.Error.WriteLine($"error : {args[1]} names {name}, which none of these assemblies defines: {string.Join(", ", args.Skip(2))}");
    return 1;
}

// Two builds may write the same file at once: each writes its own and moves it into place.
Directory.CreateDirectory(args[0]);
foreach ((string target, byte[] image) in patched)
{
    string temporary = target + "." + Environment.ProcessId;
    File.WriteAllBytes(temporary, image);
    File.Move(temporary, target, overwrite: true);
}

return 0;
