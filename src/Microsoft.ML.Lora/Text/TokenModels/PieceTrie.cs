using System.Runtime.CompilerServices;

namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>All pieces of a vocabulary that begin a text are found in one walk. Edges are kept in one hash table.</summary>
internal sealed class PieceTrie
{
    private readonly int[] _values;
    private readonly ulong[] _edges;
    private readonly int[] _targets;
    private readonly int[] _first = new int[0x10000];
    private readonly int _mask;

    /// <summary>Makes the trie; of two equal pieces the later value counts. Empty pieces are never found.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as SpanDictionary's
    public PieceTrie(string[] pieces)
    {
        int edges = 0;
        foreach (string piece in pieces)
            edges += piece.Length;
        int size = 16;
        while (size < 2L * edges)
            size *= 2;
        _mask = size - 1;
        _edges = new ulong[size];
        _targets = new int[size];
        int[] values = new int[edges + 1];
        Array.Fill(values, -1);
        int nodes = 1;
        for (int p = 0; p < pieces.Length; p++)
        {
            string piece = pieces[p];
            int node = 0;
            for (int i = 0; i < piece.Length; i++)
            {
                int slot = i == 0 ? -1 : Slot(node, piece[i]);
                ref int next = ref i == 0 ? ref _first[piece[0]] : ref _targets[slot];
                if (next == 0)
                {
                    if (i > 0)
                        _edges[slot] = Edge(node, piece[i]);
                    next = nodes++;
                }

                node = next;
            }

            if (node != 0)
                values[node] = p;
        }

        _values = values.AsSpan(0, nodes).ToArray();
    }

    /// <summary>The node after a character; 0 where no piece goes on so. Begin with node 0.</summary>
    public int Next(int node, char c)
    {
        if (node == 0)
            return _first[c];
        int slot = Slot(node, c);
        return _targets[slot];
    }

    /// <summary>The index of the piece that ends at a node; -1 where none does.</summary>
    public int Value(int node) => _values[node];

    /// <summary>The index of the longest piece that stands in a text at a place, and its end; -1 where none does.</summary>
    public int Longest(ReadOnlySpan<char> text, int at, out int end)
    {
        int value = -1;
        end = at;
        int node = 0;
        for (int i = at; i < text.Length && (node = Next(node, text[i])) != 0; i++)
        {
            if (_values[node] >= 0)
                (value, end) = (_values[node], i + 1);
        }

        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Edge(int node, char c) => ((ulong)(uint)node << 16) | c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Slot(int node, char c)
    {
        ulong edge = Edge(node, c);
        ulong hash = (edge ^ SpanHash.Start) * 0x9E3779B97F4A7C15;
        for (int slot = (int)(hash >> 33) & _mask; ; slot = (slot + 1) & _mask)
        {
            if (_targets[slot] == 0 || _edges[slot] == edge)
                return slot;
        }
    }
}
