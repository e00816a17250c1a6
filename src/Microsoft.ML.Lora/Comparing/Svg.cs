using System.Globalization;
using System.Text;

namespace Microsoft.ML.Lora.Comparing;

/// <summary>Writes a picture: shapes with classes of <see cref="ReportStyle"/>, numbers without a culture.</summary>
internal sealed class Svg(double width, double height, string title)
{
    private readonly StringBuilder _body = new();

    public double Width => width;

    public double Height => height;

    public void Text(double x, double y, string text, string css = "", string anchor = "start") =>
        _body.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{x:F1}\" y=\"{y:F1}\" class=\"{css}\" text-anchor=\"{anchor}\">{Escape(text)}</text>");

    /// <summary>Text that runs upwards, centred at a point.</summary>
    public void TextUp(double x, double y, string text, string css) => _body.AppendLine(CultureInfo.InvariantCulture,
        $"<text x=\"{x:F1}\" y=\"{y:F1}\" class=\"{css}\" text-anchor=\"middle\" transform=\"rotate(-90 {x:F1} {y:F1})\">{Escape(text)}</text>");

    public void Line(double x1, double y1, double x2, double y2, string css) =>
        _body.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\" class=\"{css}\"/>");

    public void Rect(double x, double y, double w, double h, string css, double radius = 0) => _body.AppendLine(CultureInfo.InvariantCulture,
        $"<rect x=\"{x:F1}\" y=\"{y:F1}\" width=\"{Math.Max(0, w):F1}\" height=\"{h:F1}\" rx=\"{radius:F1}\" class=\"{css}\"/>");

    public void Circle(double x, double y, double radius, string css, string? tip = null) => _body.AppendLine(CultureInfo.InvariantCulture,
        $"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"{radius:F1}\" class=\"{css}\">{(tip is null ? "" : $"<title>{Escape(tip)}</title>")}</circle>");

    public void Path(IEnumerable<(double X, double Y)> points, string css)
    {
        string[] steps = [.. points.Select((p, i) => string.Create(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{p.X:F1} {p.Y:F1}"))];
        if (steps.Length > 1)
            _body.AppendLine($"<path d=\"{string.Concat(steps)}\" class=\"{css}\"/>");
    }

    /// <summary>Another picture inside this one.</summary>
    public void Inset(double x, double y, Svg inner) => _body.AppendLine(CultureInfo.InvariantCulture,
        $"<svg x=\"{x:F1}\" y=\"{y:F1}\" width=\"{inner.Width:F1}\" height=\"{inner.Height:F1}\">").Append(inner._body).AppendLine("</svg>");

    /// <summary>For a page that has the style.</summary>
    public string Inline() => Open($"class=\"chart\" style=\"max-width:{width.ToString("F0", CultureInfo.InvariantCulture)}px\"") + _body + "</svg>";

    /// <summary>A file of its own.</summary>
    public string Standalone() => Open(string.Create(CultureInfo.InvariantCulture, $"width=\"{width:F0}\" height=\"{height:F0}\""))
        + $"<style>{ReportStyle.Charts}</style><rect width=\"100%\" height=\"100%\" class=\"paper\"/>" + _body + "</svg>\n";

    /// <summary>For element text and quoted attributes, in XML as in HTML.</summary>
    public static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);

    private string Open(string attributes) => string.Create(CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:F0} {height:F0}\" {attributes} role=\"img\"><title>{Escape(title)}</title>\n");
}
