using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Checkpoints.Pickles;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Tests.Fuzzing;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Checkpoints.Pickles;

/// <summary>What the recorded files do not say: memory, mapping, limits at their edges.</summary>
[TestClass]
public sealed class TorchStateDictTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void LargeFilesAreReadInSmallParts(bool legacy)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("pytorch_model.bin");
        byte[] values = new byte[32 << 20];
        CounterRandom.FillNormal(CounterRandom.Key(1, RandomStreams.Synthetic, 0), 1, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(values.AsSpan()));
        SafetensorsItem[] items = [new("a", SafetensorsType.F32, [2, 4 << 20], values), SafetensorsItem.FromFloats("b", [2], [1, 2])];
        File.WriteAllBytes(path, legacy ? TorchWriter.Legacy(items) : TorchWriter.Zip(items));
        File.WriteAllBytes(folder.File("model.safetensors"), SafetensorsWriter.ToArray(items));
        var names = new Dictionary<string, string> { ["a"] = "a", ["b"] = "b" };
        string expected;
        using (Checkpoint safetensors = Checkpoint.Open(folder.FullPath))
            expected = Fingerprint.Compute(safetensors, names);
        File.Delete(folder.File("model.safetensors"));

        long before = GC.GetAllocatedBytesForCurrentThread();
        using Checkpoint checkpoint = Checkpoint.Open(folder.FullPath);
        Assert.AreEqual(expected, Fingerprint.Compute(checkpoint, names));
        Assert.IsLessThan(4 << 20, GC.GetAllocatedBytesForCurrentThread() - before, "buffers of one part each");
    }

    [TestMethod]
    public void WhatTorchAlignedIsMapped()
    {
        // torch.save aligns every record; the recorded file has three float32 tensors and one of int64.
        string path = GoldenFiles.File("pickles", "valid", "statedict-zip-p2.bin");
        using DisposeScope scope = NewDisposeScope();
        using TorchStateDict file = TorchStateDict.Open(path);
        using var mapping = new TensorReader(mayMap: true);
        using var copying = new TensorReader();
        foreach (TorchEntry entry in file.Entries)
            CollectionAssert.AreEqual(copying.Read(file, entry).bytes.ToArray(), mapping.Read(file, entry).bytes.ToArray(), entry.Name);
        Assert.AreEqual(file.Entries.Sum(e => e.Length), mapping.MappedBytes);
        Assert.AreEqual(0, copying.MappedBytes);
    }

    [TestMethod]
    public void ViewsOfEveryKindAreArranged()
    {
        // Strides of a transposed, an expanded and a sliced view of 0..23, read at every offset.
        string path = GoldenFiles.File("pickles", "valid", "views-zip.pt");
        using TorchFile file = TorchFile.Open(path);
        using SafetensorsFile expected = SafetensorsFile.Open(GoldenFiles.File("pickles", "valid", "views-zip.expected.safetensors"));
        TorchTensor[] tensors = [.. ((PickleDictionary)file.Value!).Items.Select(i => i.Value).OfType<TorchTensor>()];
        Assert.IsTrue(tensors.Any(t => !t.IsContiguous), "there are views to arrange");
        for (int i = 0; i < tensors.Length; i++)
        {
            byte[] whole = new byte[expected.ByName[$"t{i}"].Length];
            expected.ReadBytes(expected.ByName[$"t{i}"], 0, whole);
            for (int offset = 0; offset < whole.Length; offset += 3)
            {
                byte[] part = new byte[Math.Min(5, whole.Length - offset)];
                file.ReadBytes(tensors[i], offset, part);
                CollectionAssert.AreEqual(whole[offset..(offset + part.Length)], part, $"t{i} at {offset}");
            }
        }
    }

    [TestMethod]
    public void NestingIsBounded()
    {
        Assert.IsInstanceOfType<PickleDictionary>(Read(Nested(PickleShape.MaxDepth - 2)).Value);
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => Read(Nested(PickleShape.MaxDepth + 2))).Message, "nested too deep");

        static byte[] Nested(int lists) =>
            [0x80, 2, (byte)'}', (byte)'N', .. Enumerable.Repeat((byte)']', lists), .. Enumerable.Repeat((byte)'a', lists - 1), (byte)'s', (byte)'.'];
    }

    [TestMethod]
    [DataRow("5D", DisplayName = "Lists")]
    [DataRow("5D4E61", DisplayName = "Lists of one item")]
    [DataRow("7D", DisplayName = "Dictionaries")]
    [DataRow("7D4E4E73", DisplayName = "Dictionaries of one entry")]
    [DataRow("2985", DisplayName = "Tuples")]
    [DataRow("470000000000000000", DisplayName = "Numbers")]
    [DataRow("5D7100", DisplayName = "Remembered lists")]
    public void ValuesTakeAFewTimesTheFile(string opcodes)
    {
        const int Length = 5_000_000;
        byte[] one = Convert.FromHexString(opcodes);
        byte[] pickle = [0x80, 2, (byte)'(', .. Enumerable.Repeat(one, Length / one.Length).SelectMany(b => b), (byte)'t', (byte)'.'];
        byte[] file = TorchWriter.Around(pickle);
        GC.Collect();
        long before = GC.GetTotalMemory(forceFullCollection: true), peak = before;
        using (new Timer(_ => peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false)), null, 0, 1))
        {
            try
            {
                TorchStateDict.FromMemory(file, "many.bin").Dispose();
                Assert.Fail("a tuple is no state dictionary");
            }
            catch (LoraFormatException e)
            {
                StringAssert.Contains(e.Message, "many.bin");
            }
        }

        // What is not collected yet is in the peak too, so twice of what values may take.
        Assert.IsLessThan(2 * (PickleReader.FreeBytes + ((long)PickleReader.MostTimesFileLength * file.Length)), peak - before);
    }

    [TestMethod]
    public void ATensorMayRepeatItselfOnlyWithinReason()
    {
        // One element, expanded by strides of 0: within the file's length it is read, beyond it is refused.
        using TorchStateDict small = TorchStateDict.FromMemory(Expanded(4), "small.bin");
        byte[] bytes = new byte[16];
        small.ReadBytes(small.Entries[0], 0, bytes);
        CollectionAssert.AreEqual((byte[])[1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4], bytes);
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => TorchStateDict.FromMemory(Expanded(200), "large.bin")).Message, "repeat their elements");

        static byte[] Expanded(byte size) => TorchWriter.Around(
        [
            0x80, 2, (byte)'}', .. "X\x1\0\0\0w"u8, .. "ctorch._utils\n_rebuild_tensor_v2\n((X\a\0\0\0storagectorch\nFloatStorage\nX\x1\0\0\00X\x3\0\0\0cpuK\x1tQK\0"u8,
            (byte)'K', size, (byte)'K', size, 0x86, (byte)'K', 0, (byte)'K', 0, 0x86, 0x89, (byte)'N', (byte)'t', (byte)'R', (byte)'s', (byte)'.',
        ], [1, 2, 3, 4]);
    }

    [TestMethod]
    public void ASliceOfAnEmptyTensorIsEmpty()
    {
        // torch.zeros(2, 0)[1:] of a storage without elements: its offset is behind all of them.
        byte[] pickle =
        [
            0x80, 2, (byte)'}', .. "X\x1\0\0\0w"u8, .. "ctorch._utils\n_rebuild_tensor_v2\n((X\a\0\0\0storagectorch\nFloatStorage\nX\x1\0\0\00X\x3\0\0\0cpuK\0tQK"u8,
            4, (byte)'K', 1, (byte)'K', 0, 0x86, (byte)'K', 4, (byte)'K', 1, 0x86, 0x89, (byte)'N', (byte)'t', (byte)'R', (byte)'s', (byte)'.',
        ];
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("empty.bin"), TorchWriter.Around(pickle, [[]]));
        using TorchStateDict state = TorchStateDict.Open(folder.File("empty.bin"));
        foreach (bool mayMap in (bool[])[true, false])
        {
            using DisposeScope scope = NewDisposeScope();
            using var reader = new TensorReader(mayMap);
            CollectionAssert.AreEqual((long[])[1, 0], reader.Read(state, state.Entries[0]).shape);
        }
    }

    [TestMethod]
    public void WhatIsNotAStateDictionaryIsNamed()
    {
        AssertRefused("holds no state dictionary (at byte 46); found 5; expected a dictionary of tensors", [(byte)'K', 5]);
        AssertRefused("'epoch': the value is not a tensor; found 3", [(byte)'}', .. "X\x5\0\0\0epochK\x3s"u8]);
        AssertRefused("save the state dictionary alone", [(byte)'}', .. "X\x5\0\0\0state}s"u8]);
        AssertRefused("is empty", [(byte)'}']);
        AssertRefused("'os.system'", "cos\nsystem\n"u8.ToArray());
        AssertRefused("a key of a dictionary is given twice (at byte 65); found 'a'", [(byte)'}', .. "X\x1\0\0\0aNsX\x1\0\0\0aNs"u8]);
        AssertRefused("NEWOBJ", [(byte)'}', 0x81]);
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => TensorFile.FromMemory("version https://git-lfs.github.com/spec/v1"u8.ToArray(), "x.bin")).Message, "git lfs pull");

        static void AssertRefused(string part, byte[] pickle)
        {
            LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => TorchStateDict.FromMemory(TorchWriter.Around([0x80, 2, .. pickle, (byte)'.']), "model.bin"));
            StringAssert.Contains(error.Message, part);
            Assert.IsNull(Refusals.Lack(error, "model.bin"), error.Message);
        }
    }

    private static TorchFile Read(byte[] pickle) => TorchFile.FromMemory(TorchWriter.Around(pickle), "nested.pt");
}
