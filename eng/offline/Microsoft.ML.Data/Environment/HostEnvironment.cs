using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Common part of the root environment and of hosts. Each registered host gets a generator seeded by the next numbers of
/// its parent's, so the order of registrations decides every random choice.
/// </summary>
internal abstract class HostEnvironment : MessageSource, IHostEnvironmentInternal, ICancelable
{
    private readonly object _lock = new();
    private readonly Dictionary<string, object> _options = new();
    private readonly List<WeakReference<Host>> _children = new();
    private readonly HostEnvironment _parent;

    protected HostEnvironment(int? seed)
        : base(null, null)
    {
        Seed = seed;
        Generator = RandomUtils.Create(seed);
        ComponentCatalog = new ComponentCatalog();
    }

    protected HostEnvironment(HostEnvironment parent, string name, Random rand)
        : base(name, parent._parent?.FullName)
    {
        _parent = parent;
        Seed = parent.Seed;
        Generator = rand;
        ComponentCatalog = parent.ComponentCatalog;
        GpuDeviceId = parent.GpuDeviceId;
        FallbackToCpu = parent.FallbackToCpu;
        IsCanceled = parent.IsCanceled;
    }

    public int? Seed { get; }

    public string TempFilePath { get; set; } = Path.GetTempPath();

    public bool FallbackToCpu { get; set; }

    public int? GpuDeviceId { get; set; }

    public ComponentCatalog ComponentCatalog { get; }

    public bool IsCanceled { get; private set; }

    protected Random Generator { get; }

    protected abstract Action<MessageSource, ChannelMessage> Dispatch { get; }

    public void CancelExecution()
    {
        lock (_lock)
        {
            foreach (var child in _children)
            {
                if (child.TryGetTarget(out var host))
                    host.CancelExecution();
            }
            _children.Clear();
            IsCanceled = true;
        }
    }

    public virtual IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        lock (_lock)
        {
            _children.RemoveAll(child => !child.TryGetTarget(out _));
            var host = new Host(this, name, seed is { } value ? RandomUtils.Create(value) : RandomUtils.Create(Generator), Dispatch);
            _children.Add(new WeakReference<Host>(host));
            return host;
        }
    }

    public IChannel Start(string name) => new Channel(name, FullName, Dispatch);

    public IPipe<TMessage> StartPipe<TMessage>(string name) => new Pipe<TMessage>(name, FullName);

    public IProgressChannel StartProgressChannel(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new ProgressChannel();
    }

    public bool TryAddOption<T>(string name, T value)
    {
        RequireName(name);
        return _options.TryAdd(name, value);
    }

    public void SetOption<T>(string name, T value)
    {
        RequireName(name);
        _options[name] = value;
    }

    public bool TryGetOption<T>(string name, out T value)
    {
        RequireName(name);
        bool found = _options.TryGetValue(name, out object stored) && stored is T;
        value = found ? (T)stored : default;
        return found;
    }

    public T GetOptionOrDefault<T>(string name)
    {
        RequireName(name);
        if (!_options.TryGetValue(name, out object stored))
            _options[name] = stored = default(T);
        return (T)stored;
    }

    public bool RemoveOption(string name)
    {
        RequireName(name);
        return _options.Remove(name);
    }

    private static void RequireName(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw new ArgumentNullException(nameof(name));
    }
}
