using Microsoft.ML.Internal.Utilities;

namespace Microsoft.ML;

internal sealed partial class TauswortheHybrid
{
    /// <summary>The state of a generator, which models store.</summary>
    public readonly struct State
    {
        public readonly uint U1;
        public readonly uint U2;
        public readonly uint U3;
        public readonly uint U4;

        public State(uint seed)
        {
            U1 = seed;
            U2 = Hashing.MurmurRound(U1, U1);
            U3 = Hashing.MurmurRound(U2, U1);
            U4 = Hashing.MurmurRound(U3, U1);
        }

        public State(uint u1, uint u2, uint u3, uint u4) => (U1, U2, U3, U4) = (u1, u2, u3, u4);

        public static State Load(BinaryReader reader)
            => new(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());

        public void Save(BinaryWriter writer)
        {
            writer.Write(U1);
            writer.Write(U2);
            writer.Write(U3);
            writer.Write(U4);
        }
    }
}
