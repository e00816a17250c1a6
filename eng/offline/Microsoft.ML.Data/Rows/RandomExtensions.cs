namespace Microsoft.ML.Data;

/// <summary>Orders by chance, as the original draws them.</summary>
internal static class RandomExtensions
{
    public static int[] Permutation(this Random random, int count)
    {
        var order = new int[count];
        for (int i = 0; i < count; i++)
            order[i] = i;
        for (int i = 0; i < count; i++)
        {
            int other = i + random.Next(count - i);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }
}
