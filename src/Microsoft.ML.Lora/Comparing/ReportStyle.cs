namespace Microsoft.ML.Lora.Comparing;

/// <summary>The look of reports. Colours are variables with a light and a dark value; the three kinds of methods differ in lightness too, not in hue alone.</summary>
internal static class ReportStyle
{
    public const string Charts = """
        :root{--paper:#ffffff;--panel:#f6f8fa;--ink:#1b2430;--soft:#5a6777;--grid:#e2e7ed;--axis:#aab4c0;--frozen:#8592a1;--lora:#2563c9;--full:#d06a0a;--best:#e8f1fe}
        @media (prefers-color-scheme:dark){:root{--paper:#0f151c;--panel:#171f29;--ink:#e5ebf2;--soft:#98a5b5;--grid:#273240;--axis:#4a5868;--frozen:#8b98a8;--lora:#6aa5ff;--full:#f2a14b;--best:#1b2f4d}}
        svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--ink)}
        svg text.soft{fill:var(--soft)}svg text.small{font-size:11px;fill:var(--soft)}svg text.head{font-size:15px;font-weight:600}svg text.title{font-size:20px;font-weight:650}svg text.strong{font-weight:600}
        .paper{fill:var(--paper)}.panel{fill:var(--panel)}.grid{stroke:var(--grid);stroke-width:1}.axis{stroke:var(--axis);stroke-width:1}.stem{stroke:var(--grid);stroke-width:2}
        .diagonal{stroke:var(--axis);stroke-width:1;stroke-dasharray:3 3}
        .frozen{fill:var(--frozen)}.lora{fill:var(--lora)}.full{fill:var(--full)}
        .ring-frozen{fill:var(--paper);stroke:var(--frozen);stroke-width:2}.ring-lora{fill:var(--paper);stroke:var(--lora);stroke-width:2}.ring-full{fill:var(--paper);stroke:var(--full);stroke-width:2}
        .line-frozen{fill:none;stroke:var(--frozen);stroke-width:2}.line-lora{fill:none;stroke:var(--lora);stroke-width:2}.line-full{fill:none;stroke:var(--full);stroke-width:2}
        .before{fill:none;stroke:var(--soft);stroke-width:1.5;stroke-dasharray:4 3}.faint{opacity:.35}.before-dot{fill:var(--paper);stroke:var(--soft);stroke-width:1.5}
        """;

    public const string Page = """
        *{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        main{max-width:1080px;margin:0 auto;padding:2.2rem 1.2rem 3rem}h1{font-size:1.75rem;line-height:1.2;margin:0 0 .3rem}h2{font-size:1.1rem;margin:2.2rem 0 .6rem}p{margin:.3rem 0}.soft{color:var(--soft)}
        .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:.8rem;margin:1.4rem 0}.fact{background:var(--panel);border-radius:10px;padding:.8rem 1rem}.fact b{display:block;font-size:1.2rem;line-height:1.35;white-space:nowrap}.fact span{color:var(--soft);font-size:.86rem}
        .wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.92rem}th,td{padding:.42rem .6rem;text-align:right;border-bottom:1px solid var(--grid)}td{white-space:nowrap}th{color:var(--soft);font-weight:600;vertical-align:bottom;line-height:1.25}th:first-child,td:first-child{text-align:left}
        td.best{background:var(--best);font-weight:600}i.dot{display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.5em}i.frozen{background:var(--frozen)}i.lora{background:var(--lora)}i.full{background:var(--full)}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:1rem}figure{margin:0;background:var(--panel);border-radius:10px;padding:1rem}figure.whole{grid-column:1/-1}.panel-figure .paper{fill:transparent}svg.chart{width:100%;height:auto;display:block}figcaption{color:var(--soft);font-size:.86rem;margin-top:.4rem}
        pre{background:var(--panel);border-radius:10px;padding:.9rem 1rem;overflow-x:auto;font-size:.84rem}@media (max-width:480px){.charts{grid-template-columns:1fr}}
        """;
}
