using System.Numerics;
using System.Text;
using static Microsoft.ML.Lora.Checkpoints.Pickles.PickleOpcode;

namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>
/// Reads a pickle as data. It executes nothing: a name that is not on <see cref="TorchGlobals"/>' list is refused where it stands, whether or
/// not it is called, and what is on the list makes values of ours. Numbers, texts, bytes, tuples, lists, dictionaries and tensors come out.
/// </summary>
/// <remarks>
/// Protocols 2 to 5 of <see href="https://docs.python.org/3/library/pickletools.html">Python's pickletools</see>, without what makes objects of other classes (NEWOBJ,
/// INST, OBJ, EXT), calls out (PERSID, NEXT_BUFFER), what only protocols 0 and 1 write, and what no writer of checkpoints uses (POP, DUP, sets).
/// </remarks>
internal sealed class PickleReader
{
    /// <summary>The longest pickle; tensors' data are not in it.</summary>
    public const long MaxBytes = 64 << 20;

    /// <summary>Most values on the stack, entries of the memo, and lists, tuples and dictionaries made.</summary>
    public const int MaxValues = 4_000_000;

    /// <summary>What the values of a small file may take, in bytes.</summary>
    public const long FreeBytes = 16 << 20;

    /// <summary>What the values of a larger one may take beyond that, as a multiple of its length: opcodes of one byte can make objects of a hundred.</summary>
    public const int MostTimesFileLength = 16;

    // What objects take, rounded up: headers, fields, and the arrays behind them, which double as they grow.
    private const int BytesOfNumber = 24, BytesOfArray = 24, BytesOfReference = 16, BytesOfTuple = 48;
    private const int BytesOfList = 32, BytesOfFirstItem = 96, BytesOfDictionary = 64, BytesOfFirstEntry = 320, BytesOfEntry = 120, BytesOfCall = 200;

    private const int MaxNameBytes = 256;
    private const int MaxIntegerBytes = 128;

    private static readonly object s_true = true;
    private static readonly object s_false = false;
    private static readonly object[] s_small = [.. Enumerable.Range(0, 256).Select(i => (object)(long)i)];
    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    private readonly PickleStream _stream;
    private readonly Func<PickleTuple, TorchStorage>? _storages;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _made;
    private int _deepest;
    private long _bytes;

    private PickleReader(PickleStream stream, Func<PickleTuple, TorchStorage>? storages)
    {
        _stream = stream;
        _storages = storages;
    }

    /// <summary>Reads one pickle; the stream stands behind it afterwards.</summary>
    /// <param name="stream">The bytes.</param>
    /// <param name="storages">Makes a storage of its persistent id; null where there may be none.</param>
    /// <returns>null, bool, long, <see cref="BigInteger"/>, double, string, byte[], <see cref="PickleTuple"/>, <see cref="PickleList"/>, <see cref="PickleDictionary"/>,
    /// <see cref="TorchTensor"/>, <see cref="TorchStorage"/> or <see cref="PickleGlobal"/>.</returns>
    /// <exception cref="LoraFormatException">It is not a pickle, is damaged, or holds what is not supported.</exception>
    public static object? Read(PickleStream stream, Func<PickleTuple, TorchStorage>? storages = null)
    {
        object? value = new PickleReader(stream, storages).Run();
        PickleShape.Check(value, stream);
        return value;
    }

    private object? Run()
    {
        long start = _stream.Position;
        if (_stream.Left == 0 || (PickleOpcode)_stream.ReadByte() != Proto)
            throw new LoraFormatException(_stream.Name, "this is not a pickle of protocol 2 or above", offset: start, found: _stream.Position > start ? "another first byte" : "nothing", expected: "0x80");
        int protocol = _stream.ReadByte();
        if (protocol is < 2 or > 5)
            throw _stream.Error("the protocol of the pickle is not supported", $"{protocol}", "2 to 5");
        while (true)
        {
            if (_stream.Position - start > MaxBytes)
                throw _stream.Error("the pickle is too long", $"{_stream.Position - start} bytes without an end", $"at most {MaxBytes} bytes");
            var opcode = (PickleOpcode)_stream.ReadByte();
            if (opcode == Stop)
                break;
            Step(opcode);
        }

        if (_stack.Count != 1 || _marks.Count != 0)
            throw _stream.Error("the pickle does not end with one value", $"{_stack.Count} values and {_marks.Count} marks", "1 value and no mark");
        return _stack[0];
    }

    private void Step(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case Frame:
                _stream.CheckLength(_stream.ReadInt64(), "a frame");
                break;
            case Mark:
                if (_marks.Count == MaxValues)
                    throw _stream.Error("the pickle has too many marks", $"{_marks.Count + 1L}", $"at most {MaxValues}");
                _marks.Add(_stack.Count);
                break;
            case PickleOpcode.None:
                Push(null);
                break;
            case NewTrue:
                Push(s_true);
                break;
            case NewFalse:
                Push(s_false);
                break;
            case BinInt:
                Push(Boxed(_stream.ReadInt32()));
                break;
            case BinInt1:
                Push(Boxed(_stream.ReadByte()));
                break;
            case BinInt2:
                Push(Boxed(_stream.ReadUInt16()));
                break;
            case Long1:
                Push(ReadInteger());
                break;
            case BinFloat:
                Charge(BytesOfNumber);
                Push(_stream.ReadBigEndianDouble());
                break;
            case ShortBinUnicode or ShortBinString:
                Push(ReadText(_stream.ReadByte()));
                break;
            case BinUnicode:
                Push(ReadText((uint)_stream.ReadInt32()));
                break;
            case BinString:
                Push(ReadText(_stream.ReadInt32()));
                break;
            case BinUnicode8:
                Push(ReadText(_stream.ReadInt64()));
                break;
            case ShortBinBytes:
                Push(ReadBytes(_stream.ReadByte()));
                break;
            case BinBytes:
                Push(ReadBytes((uint)_stream.ReadInt32()));
                break;
            case BinBytes8 or ByteArray8:
                Push(ReadBytes(_stream.ReadInt64()));
                break;
            case EmptyTuple:
                Push(PickleTuple.Empty);
                break;
            case PickleOpcode.Tuple:
                int mark = PopMark();
                object?[] items = [.. _stack[mark..]];
                _stack.RemoveRange(mark, items.Length);
                PushMade(new PickleTuple(items), BytesOfTuple + BytesOfArray + (items.Length * (long)BytesOfReference / 2));
                break;
            case Tuple1 or Tuple2 or Tuple3:
                object?[] few = new object?[opcode - Tuple1 + 1];
                for (int i = few.Length - 1; i >= 0; i--)
                    few[i] = Pop();
                PushMade(new PickleTuple(few), BytesOfTuple + BytesOfArray + (few.Length * (long)BytesOfReference / 2));
                break;
            case EmptyList:
                PushMade(new PickleList(), BytesOfList);
                break;
            case Append:
                object? item = Pop();
                PickleList appended = Peek<PickleList>("a list to append to");
                Charge(appended.Items.Count == 0 ? BytesOfFirstItem : BytesOfReference);
                appended.Add(item);
                break;
            case Appends:
                AppendAll();
                break;
            case EmptyDict:
                PushMade(new PickleDictionary(), BytesOfDictionary);
                break;
            case SetItem:
                object? value = Pop();
                object? key = Pop();
                Add(Peek<PickleDictionary>("a dictionary to set an item of"), key, value);
                break;
            case SetItems:
                SetAll();
                break;
            case Global:
                Push(TorchGlobals.Find(ReadName(), ReadName(), _stream));
                break;
            case StackGlobal:
                object? name = Pop();
                object? module = Pop();
                Push(module is string m && name is string n ? TorchGlobals.Find(m, n, _stream) : throw _stream.Error("the name of a global is not a text", $"{PickleCall.Describe(module)}, {PickleCall.Describe(name)}", "two texts"));
                break;
            case PickleOpcode.Reduce:
                Reduce();
                break;
            case Build:
                SetAttributes();
                break;
            case BinPersId:
                LoadStorage();
                break;
            case BinPut:
                Put(_stream.ReadByte());
                break;
            case LongBinPut:
                Put((uint)_stream.ReadInt32());
                break;
            case Memoize:
                Put((uint)_memo.Count);
                break;
            case BinGet:
                Push(Get(_stream.ReadByte()));
                break;
            case LongBinGet:
                Push(Get((uint)_stream.ReadInt32()));
                break;
            default:
                throw _stream.Error(Enum.IsDefined(opcode) ? $"the pickle uses {opcode.ToString().ToUpperInvariant()}, which is not supported" : "this is not an opcode of a pickle",
                    $"0x{(byte)opcode:x2}", "an opcode that makes data, as torch writes it");
        }
    }

    private void AppendAll()
    {
        int mark = PopMark();
        if (mark == 0 || _stack[mark - 1] is not PickleList list)
            throw _stream.Error("there is no list to append to", Below(mark), "a list");
        Charge(BytesOfFirstItem + ((_stack.Count - mark) * (long)BytesOfReference));
        for (int i = mark; i < _stack.Count; i++)
            list.Add(_stack[i]);
        _stack.RemoveRange(mark, _stack.Count - mark);
    }

    private void SetAll()
    {
        int mark = PopMark();
        if (mark == 0 || _stack[mark - 1] is not PickleDictionary dictionary)
            throw _stream.Error("there is no dictionary to set items of", Below(mark), "a dictionary");
        if ((_stack.Count - mark) % 2 != 0)
            throw _stream.Error("a key of a dictionary has no value", $"{_stack.Count - mark} keys and values", "an even number");
        for (int i = mark; i < _stack.Count; i += 2)
            Add(dictionary, _stack[i], _stack[i + 1]);
        _stack.RemoveRange(mark, _stack.Count - mark);
    }

    /// <summary>What stands under a place of the stack, for messages.</summary>
    private string Below(int place) => place == 0 ? "nothing" : PickleCall.Describe(_stack[place - 1]);

    private void Add(PickleDictionary dictionary, object? key, object? value)
    {
        Charge(dictionary.Items.Count == 0 ? BytesOfFirstEntry : BytesOfEntry);
        if (dictionary.TryAdd(key, value) is { } problem)
            throw _stream.Error($"a key of a dictionary {problem}", PickleCall.Describe(key), "a text, number or short tuple that comes once");
    }

    private void Reduce()
    {
        object? given = Pop();
        object?[] arguments = given is PickleTuple tuple ? tuple.Items : throw _stream.Error("the arguments of a call are not a tuple", PickleCall.Describe(given), "a tuple");
        object? callee = Pop();
        if (callee is not PickleGlobal { Call: { } call } global)
            throw _stream.Error("this cannot be called", PickleCall.Describe(callee), "a function of torch's that rebuilds a value");
        PushMade(call(new PickleCall(global.Name, arguments, _stream)), BytesOfCall + (arguments.Length * (long)BytesOfReference));
    }

    private void SetAttributes()
    {
        object? state = Pop();
        PickleDictionary target = Peek<PickleDictionary>("an OrderedDict, the only thing that can have attributes");
        if (!target.IsOrdered || target.Attributes is not null || state is not PickleDictionary attributes || attributes.Items.Any(a => a.Key is not string))
            throw _stream.Error("attributes that are not supported", PickleCall.Describe(state), "one dictionary of names for an OrderedDict");
        target.Attributes = attributes;
    }

    private void LoadStorage()
    {
        object? id = Pop();
        if (_storages is null || id is not PickleTuple tuple)
            throw _stream.Error("a persistent id that is not a storage's", PickleCall.Describe(id), _storages is null ? "none here" : "a tuple");
        Push(_storages(tuple));
    }

    private object ReadInteger()
    {
        byte[] bytes = _stream.ReadBlock(_stream.ReadByte(), "a number");
        Charge(bytes.Length + BytesOfNumber + BytesOfArray);
        if (bytes.Length > MaxIntegerBytes)
            throw _stream.Error("a number is too large", $"{bytes.Length} bytes", $"at most {MaxIntegerBytes}");
        var number = new BigInteger(bytes);
        return number >= long.MinValue && number <= long.MaxValue ? Boxed((long)number) : number;
    }

    private byte[] ReadBytes(long length)
    {
        _stream.CheckLength(length, "bytes");
        Charge(length + BytesOfArray);
        return _stream.ReadBlock(length, "bytes");
    }

    private string ReadText(long length)
    {
        _stream.CheckLength(length, "a text");
        Charge((sizeof(char) * length) + BytesOfArray);
        byte[] bytes = _stream.ReadBlock(length, "a text");
        try
        {
            return s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new LoraFormatException(_stream.Name, "a text is not valid", offset: _stream.Position - length + Math.Max(e.Index, 0), found: e.BytesUnknown is { Length: > 0 } bad ? $"byte 0x{bad[0]:x2}" : "other bytes", expected: "UTF-8", inner: e);
        }
    }

    private string ReadName()
    {
        byte[] bytes = _stream.ReadLine(MaxNameBytes);
        return Encoding.Latin1.GetString(bytes);
    }

    private object Boxed(long number)
    {
        if (number is >= 0 and < 256)
            return s_small[number];
        Charge(BytesOfNumber);
        return number;
    }

    private void Put(uint index)
    {
        if (_stack.Count == 0)
            throw _stream.Error("there is nothing to remember", "no value", "one");
        if (_memo.Count == MaxValues)
            throw _stream.Error("the pickle remembers too many values", $"{_memo.Count + 1L}", $"at most {MaxValues}");
        Charge(BytesOfEntry / 2);
        _memo[index] = _stack[^1];
    }

    private object? Get(uint index) => _memo.TryGetValue(index, out object? value) ? value : throw _stream.Error("a value that was never remembered is asked for", $"{index}", $"one of {_memo.Count}");

    /// <summary>
    /// Counts what the values take. What is freed again stays counted: only a pickle that makes values and throws them away would notice.
    /// </summary>
    private void Charge(long bytes)
    {
        _bytes += bytes;
        if (_bytes - FreeBytes > MostTimesFileLength * _stream.FileLength)
            throw _stream.Error("the values of the pickle take too much memory", $"{_bytes} bytes", $"at most {MostTimesFileLength} times the file's length of {_stream.FileLength} bytes, and {FreeBytes}");
    }

    private void PushMade(object value, long bytes)
    {
        Charge(bytes);
        if (++_made > MaxValues)
            throw _stream.Error("the pickle has too many values", $"{_made}", $"at most {MaxValues}");
        Push(value);
    }

    private void Push(object? value)
    {
        if (_stack.Count == MaxValues)
            throw _stream.Error("the pickle's stack is too deep", $"{_stack.Count + 1L} values", $"at most {MaxValues} values");
        _stack.Add(value);
        if (_stack.Count > _deepest)
        {
            _deepest = _stack.Count;
            Charge(BytesOfReference);
        }
    }

    private object? Pop()
    {
        if (_stack.Count == 0 || (_marks.Count > 0 && _marks[^1] == _stack.Count))
            throw _stream.Error("the pickle takes a value that is not there", "no value on the stack", "one");
        object? value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private int PopMark()
    {
        if (_marks.Count == 0)
            throw _stream.Error("the pickle takes a mark that is not there", "no mark on the stack", "one");
        int mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return mark;
    }

    private T Peek<T>(string what)
        where T : class =>
        _stack.Count > 0 && (_marks.Count == 0 || _marks[^1] < _stack.Count) && _stack[^1] is T value ? value : throw _stream.Error($"there is not {what}", Below(_stack.Count), what);
}
