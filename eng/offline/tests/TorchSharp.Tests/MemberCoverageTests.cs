using System.Reflection;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;

namespace TorchSharpTests;

/// <summary>No member of the subset without a test: what these tests do not call has to go, or gets a test.</summary>
[TestClass]
public sealed class MemberCoverageTests
{
    [TestMethod]
    public void Every_public_member_is_called_by_a_test()
    {
        var called = Called(typeof(MemberCoverageTests).Module).Concat(OverloadTests.Covered).Select(Definition).ToHashSet();
        var pairs = ConsistencyTests.Pairs.Select(pair => (One: Definition(pair.One), Other: Definition(pair.Other))).ToList();
        while (pairs.Exists(pair => called.Contains(pair.One) ? called.Add(pair.Other) : called.Contains(pair.Other) && called.Add(pair.One)))
        {
            // What is compared with a tested member is tested; and so on.
        }
        var members = typeof(torch).Assembly.GetExportedTypes().Where(type => !type.IsEnum && !type.IsSubclassOf(typeof(Delegate))).SelectMany(Members).ToList();
        var open = members.Where(member => !called.Contains(Definition(member)) && !Bases(member).Any(called.Contains)).Select(Describe).Order(StringComparer.Ordinal).ToList();
        Console.WriteLine($"{members.Count} members, {open.Count} not called");
        Assert.IsEmpty(open, Environment.NewLine + string.Join(Environment.NewLine, open));
    }

    // Left to their callers: overrides (run through what they override), constructors without arguments, members for derived classes.
    private static IEnumerable<MethodBase> Members(Type type)
    {
        const BindingFlags own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return type.GetMethods(own).Where(method => !method.IsAbstract && method.GetBaseDefinition() == method).Cast<MethodBase>()
            .Concat(type.GetConstructors(own).Where(constructor => constructor.GetParameters().Length > 0));
    }

    // What the compiled tests name: the table of references to members of other assemblies, and of their generic instances.
    private static IEnumerable<MethodBase> Called(Module tests)
    {
        Type[] any = [.. Enumerable.Repeat(typeof(object), 8)];
        foreach (var table in new[] { 0x0A000000, 0x2B000000 })
        {
            for (var row = 1; ; row++)
            {
                MethodBase? method = null;
                try
                {
                    method = tests.ResolveMember(table | row, any, any) as MethodBase;
                }
                catch (ArgumentOutOfRangeException)
                {
                    break;
                }
                catch (Exception failure) when (failure is ArgumentException or BadImageFormatException or TypeLoadException)
                {
                    // An instance over type parameters that do not fit object; its other instances count.
                }
                if (method is not null)
                {
                    yield return method;
                }
            }
        }
    }

    // Calls of an interface's member go to its implementation.
    private static IEnumerable<(Module, int)> Bases(MethodBase member)
    {
        if (member is not MethodInfo method || method.DeclaringType is not { } type)
        {
            yield break;
        }
        foreach (var contract in type.IsInterface ? [] : type.GetInterfaces())
        {
            var map = type.GetInterfaceMap(contract);
            for (var k = 0; k < map.TargetMethods.Length; k++)
            {
                if (map.TargetMethods[k] == method)
                {
                    yield return Definition(map.InterfaceMethods[k]);
                }
            }
        }
    }

    private static (Module, int) Definition(MethodBase method) => (method.Module, method.MetadataToken);

    private static string Describe(MethodBase member) => $"{member.DeclaringType!.FullName}: {member.Name}({string.Join(", ", member.GetParameters().Select(p => p.ParameterType.Name))})";
}
