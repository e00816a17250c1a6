using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Checkpoints;

[TestClass]
public sealed class JsonTextTests
{
    [TestMethod]
    public void WhatComesOutCanBeRead()
    {
        JsonElement root = JsonText.Parse(Encoding.UTF8.GetBytes("\uFEFF{\"a\": \"\\ud83d\\ude00 \u00e9 \\\\ud800\"}"), "a.json");
        Assert.AreEqual("\U0001F600 \u00e9 \\ud800", root.GetProperty("a").GetString());
    }

    [TestMethod]
    [DataRow("{\"a\": \"\\ud800\"}", "surrogate")]
    [DataRow("{\"\\udc00\": 1}", "surrogate")]
    [DataRow("{\"a\": [[[[[]]]]]}", "JSON")]
    [DataRow("{\"a\": }", "JSON")]
    [DataRow("", "JSON")]
    public void OthersAreRefusedByName(string json, string part)
    {
        LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => JsonText.Parse(Encoding.UTF8.GetBytes(json), "a.json", maxDepth: 4));
        StringAssert.Contains(error.Message, "'a.json'");
        StringAssert.Contains(error.Message, part);
    }

    [TestMethod]
    public void BytesThatAreNotTextAreRefused()
    {
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => JsonText.Parse((byte[])[(byte)'"', 0xC3, (byte)'"'], "a.json")).Message, "UTF-8");
    }

    [TestMethod]
    public void AMessageDoesNotRepeatTheFile()
    {
        // The parser quotes from the damaged word to the end of the line, which may be the end of the file.
        LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => JsonText.Parse(Encoding.UTF8.GetBytes($"{{\"a\": fals{new string('x', 100_000)}}}"), "a.json"));
        Assert.IsLessThan(500, error.Message.Length);
        StringAssert.Contains(error.Message, "LineNumber: 0");
    }
}
