using System.Collections;

namespace TorchSharp.Modules;

/// <summary>Values by name, in the order they were added. Replacing one keeps its place.</summary>
internal sealed class NamedItems<T> : IEnumerable<(string Name, T Value)>
{
    private readonly List<(string Name, T Value)> _items = [];

    public bool Contains(string name) => IndexOf(name) >= 0;

    public T? Find(string name) => IndexOf(name) is >= 0 and var place ? _items[place].Value : default;

    public bool TryAdd(string name, T value)
    {
        if (Contains(name))
        {
            return false;
        }
        _items.Add((name, value));
        return true;
    }

    public void Set(string name, T value)
    {
        var place = IndexOf(name);
        if (place >= 0)
        {
            _items[place] = (name, value);
        }
        else
        {
            _items.Add((name, value));
        }
    }

    public void Remove(string name)
    {
        var place = IndexOf(name);
        if (place >= 0)
        {
            _items.RemoveAt(place);
        }
    }

    public void Clear() => _items.Clear();

    public IEnumerator<(string Name, T Value)> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int IndexOf(string name) => _items.FindIndex(item => item.Name == name);
}
