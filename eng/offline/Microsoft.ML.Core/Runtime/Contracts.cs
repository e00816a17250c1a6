using System.Globalization;

namespace Microsoft.ML.Runtime;

/// <summary>Checks that throw, and the exceptions they throw, all processed by the context they belong to (which may be null).</summary>
internal static class Contracts
{
    public const string IsMarkedKey = "ML_IsMarked";
    public const string SensitivityKey = "ML_Sensitivity";

    public static TException Mark<TException>(TException ex)
        where TException : Exception
    {
        ex.Data[IsMarkedKey] = 1;
        return ex;
    }

    public static bool IsMarked(this Exception ex) => ex.Data.Contains(IsMarkedKey);

    public static TException MarkSensitive<TException>(this TException ex, MessageSensitivity sensitivity)
        where TException : Exception
    {
        var inner = ex.Data[SensitivityKey] as MessageSensitivity? ?? MessageSensitivity.None;
        ex.Data[SensitivityKey] = inner | sensitivity;
        return ex;
    }

    public static Exception Except(string msg, params object[] args) => Except((IExceptionContext)null, msg, args);

    public static Exception Except(this IExceptionContext ctx) => Processed(ctx, new InvalidOperationException());

    public static Exception Except(this IExceptionContext ctx, string msg, params object[] args)
        => Processed(ctx, new InvalidOperationException(Text(msg, args)));

    public static Exception Except(Exception inner, string msg, params object[] args) => Except((IExceptionContext)null, inner, msg, args);

    public static Exception Except(this IExceptionContext ctx, Exception inner, string msg, params object[] args)
        => Processed(ctx, new InvalidOperationException(Text(msg, args), inner));

    public static Exception ExceptUserArg(string name, string msg = null, params object[] args) => ExceptParam(null, name, msg, args);

    public static Exception ExceptUserArg(this IExceptionContext ctx, string name, string msg = null, params object[] args)
        => ExceptParam(ctx, name, msg, args);

    public static Exception ExceptParam(string paramName, string msg = null, params object[] args) => ExceptParam(null, paramName, msg, args);

    public static Exception ExceptParam(this IExceptionContext ctx, string paramName, string msg = null, params object[] args)
        => Processed(ctx, msg == null
            ? new ArgumentOutOfRangeException(paramName)
            : new ArgumentOutOfRangeException(paramName, Text(msg, args)));

    /// <summary>As in the original, the message stands in the place of the parameter name and the other way round.</summary>
    public static Exception ExceptParamValue<T>(this IExceptionContext ctx, T value, string paramName, string msg)
        => Processed(ctx, new ArgumentOutOfRangeException(msg, value, paramName));

    /// <inheritdoc cref="ExceptParamValue{T}(IExceptionContext, T, string, string)"/>
    public static Exception ExceptParamValue<T>(T value, string paramName, string msg) => ExceptParamValue(null, value, paramName, msg);

    public static Exception ExceptValue(string paramName, string msg = null) => ExceptValue(null, paramName, msg);

    public static Exception ExceptValue(this IExceptionContext ctx, string paramName, string msg = null)
        => Processed(ctx, msg == null ? new ArgumentNullException(paramName) : new ArgumentNullException(paramName, msg));

    public static Exception ExceptEmpty(string paramName, string msg = null) => ExceptEmpty(null, paramName, msg);

    public static Exception ExceptEmpty(this IExceptionContext ctx, string paramName, string msg = null)
        => Processed(ctx, new ArgumentOutOfRangeException(paramName, msg ?? $"{paramName} cannot be null or empty"));

    public static Exception ExceptWhiteSpace(string paramName, string msg = null) => ExceptWhiteSpace(null, paramName, msg);

    public static Exception ExceptWhiteSpace(this IExceptionContext ctx, string paramName, string msg = null)
        => Processed(ctx, new ArgumentOutOfRangeException(paramName, msg ?? $"{paramName} cannot be null or white space"));

    public static Exception ExceptDecode(string msg = null, params object[] args) => ExceptDecode((IExceptionContext)null, msg, args);

    public static Exception ExceptDecode(this IExceptionContext ctx, string msg = null, params object[] args)
        => Processed(ctx, msg == null ? new FormatException() : new FormatException(Text(msg, args)));

    public static Exception ExceptDecode(this IExceptionContext ctx, Exception inner, string msg, params object[] args)
        => Processed(ctx, new FormatException(Text(msg, args), inner));

    public static Exception ExceptIO(string msg = null, params object[] args) => ExceptIO((IExceptionContext)null, msg, args);

    public static Exception ExceptIO(this IExceptionContext ctx, string msg = null, params object[] args)
        => Processed(ctx, msg == null ? new IOException() : new IOException(Text(msg, args)));

    public static Exception ExceptIO(this IExceptionContext ctx, Exception inner, string msg, params object[] args)
        => Processed(ctx, new IOException(Text(msg, args), inner));

    public static Exception ExceptNotImpl(string msg = null) => ExceptNotImpl(null, msg);

    public static Exception ExceptNotImpl(this IExceptionContext ctx, string msg = null)
        => Processed(ctx, msg == null ? new NotImplementedException() : new NotImplementedException(msg));

    public static Exception ExceptNotSupp(string msg = null) => ExceptNotSupp(null, msg);

    public static Exception ExceptNotSupp(this IExceptionContext ctx, string msg = null)
        => Processed(ctx, msg == null ? new NotSupportedException() : new NotSupportedException(msg));

    public static Exception ExceptSchemaMismatch(
        string paramName, string columnRole, string columnName, string expectedType = null, string actualType = null)
        => ExceptSchemaMismatch(null, paramName, columnRole, columnName, expectedType, actualType);

    public static Exception ExceptSchemaMismatch(
        this IExceptionContext ctx, string paramName, string columnRole, string columnName, string expectedType = null, string actualType = null)
        => Processed(ctx, new ArgumentOutOfRangeException(paramName, actualType == null
            ? $"Could not find {columnRole} column '{columnName}'"
            : $"Schema mismatch for {columnRole} column '{columnName}': expected {expectedType}, got {actualType}"));

    public static void Check(bool f, string msg = null) => Check(null, f, msg);

    public static void Check(this IExceptionContext ctx, bool f, string msg = null)
    {
        if (!f)
            throw msg == null ? Except(ctx) : Except(ctx, msg);
    }

    public static void CheckUserArg(bool f, string name, string msg = null) => CheckParam(null, f, name, msg);

    public static void CheckUserArg(this IExceptionContext ctx, bool f, string name, string msg = null) => CheckParam(ctx, f, name, msg);

    public static void CheckParam(bool f, string paramName, string msg = null) => CheckParam(null, f, paramName, msg);

    public static void CheckParam(this IExceptionContext ctx, bool f, string paramName, string msg = null)
    {
        if (!f)
            throw ExceptParam(ctx, paramName, msg);
    }

    public static void CheckParamValue<T>(this IExceptionContext ctx, bool f, T value, string paramName, string msg)
    {
        if (!f)
            throw ExceptParamValue(ctx, value, paramName, msg);
    }

    public static T CheckRef<T>(T val, string paramName) where T : class => CheckRef(null, val, paramName);

    public static T CheckRef<T>(this IExceptionContext ctx, T val, string paramName) where T : class
        => val ?? throw ExceptValue(ctx, paramName);

    public static void CheckValue<T>(T val, string paramName, string msg = null) where T : class => CheckValue(null, val, paramName, msg);

    public static void CheckValue<T>(this IExceptionContext ctx, T val, string paramName, string msg = null) where T : class
    {
        if (val is null)
            throw ExceptValue(ctx, paramName, msg);
    }

    public static string CheckNonEmpty(string s, string paramName, string msg = null) => CheckNonEmpty(null, s, paramName, msg);

    public static string CheckNonEmpty(this IExceptionContext ctx, string s, string paramName, string msg = null)
        => string.IsNullOrEmpty(s) ? throw ExceptEmpty(ctx, paramName, msg) : s;

    public static T[] CheckNonEmpty<T>(T[] args, string paramName, string msg = null) => CheckNonEmpty(null, args, paramName, msg);

    public static T[] CheckNonEmpty<T>(this IExceptionContext ctx, T[] args, string paramName, string msg = null)
        => args == null || args.Length == 0 ? throw ExceptEmpty(ctx, paramName, msg) : args;

    public static string CheckNonWhiteSpace(string s, string paramName, string msg = null) => CheckNonWhiteSpace(null, s, paramName, msg);

    public static string CheckNonWhiteSpace(this IExceptionContext ctx, string s, string paramName, string msg = null)
        => string.IsNullOrWhiteSpace(s) ? throw ExceptWhiteSpace(ctx, paramName, msg) : s;

    public static void CheckDecode(bool f, string msg = null) => CheckDecode(null, f, msg);

    public static void CheckDecode(this IExceptionContext ctx, bool f, string msg = null)
    {
        if (!f)
            throw ExceptDecode(ctx, msg);
    }

    public static void CheckIO(bool f, string msg = null) => CheckIO(null, f, msg);

    public static void CheckIO(this IExceptionContext ctx, bool f, string msg = null)
    {
        if (!f)
            throw ExceptIO(ctx, msg);
    }

    public static void CheckAlive(this IHostEnvironment env)
    {
        if (env is ICancelable { IsCanceled: true })
            throw Processed(env, new OperationCanceledException("Operation was canceled."));
    }

    private static Exception Processed(IExceptionContext ctx, Exception ex) => ctx != null ? ctx.Process(ex) : Mark(ex);

    private static string Text(string msg, object[] args)
        => args.Length == 0 ? msg : string.Format(CultureInfo.InvariantCulture, msg, args);
}
