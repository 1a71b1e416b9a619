using System.Security.Cryptography;
using System.Text;

namespace CoapBridge.Status;

/// <summary>The page's one style sheet, and the header that allows it and nothing else.</summary>
internal static class PageStyle
{
    public const string Css = """
        :root{color-scheme:light dark;--paper:#f6f6f3;--card:#fff;--ink:#1d2023;--soft:#5b6168;--line:#dfe0dc;--link:#0b57a4;
        --green:#17683a;--green-bg:#e6f3ea;--yellow:#7a4a00;--yellow-bg:#fdf1d7;--red:#a01c1c;--red-bg:#fbe6e4}
        @media (prefers-color-scheme:dark){:root{--paper:#14171a;--card:#1c2024;--ink:#e7e9ea;--soft:#a2a9b0;--line:#30363c;--link:#8ab8f0;
        --green:#7fd6a0;--green-bg:#16291e;--yellow:#f3c969;--yellow-bg:#2e2611;--red:#ff9d94;--red-bg:#351b1a}}
        *{box-sizing:border-box}
        html{font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%}
        body{max-width:62rem;margin:0 auto;padding:1.25rem 1.25rem 3rem;font-variant-numeric:tabular-nums}
        a{color:var(--link);text-underline-offset:.15em}
        h1,h2,p,dl,dd,ul,ol,table{margin:0;padding:0}
        ul,ol{list-style:none}
        header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:.25rem 1.5rem;padding-bottom:1rem}
        .brand{font-size:1.05rem;font-weight:600;letter-spacing:.01em}
        .brand span{color:var(--soft);font-weight:400;padding-left:.6rem;margin-left:.55rem;border-left:1px solid var(--line)}
        .soft,header p:last-child{color:var(--soft);font-size:.875rem}
        code{font:.8125rem/1.4 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;color:var(--soft)}
        .light{border-radius:.75rem;padding:1.25rem 1.4rem;display:grid;grid-template-columns:2.75rem 1fr;gap:0 1.1rem;align-items:start}
        .light.green,.mark.green{background:var(--green-bg);color:var(--green)}
        .light.yellow{background:var(--yellow-bg);color:var(--yellow)}
        .light.red{background:var(--red-bg);color:var(--red)}
        .light>svg{width:2.75rem;height:2.75rem}
        .light h1{font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.01em}
        .light p,.light li{color:var(--ink)}
        .light h1+p{margin-top:.15rem}
        .light ul{margin-top:.9rem;display:grid;gap:.75rem}
        .light li{padding-left:1.75rem;position:relative}
        .light li>svg{position:absolute;left:0;top:.22em;width:1.05rem;height:1.05rem}
        svg.red{color:var(--red)}svg.yellow{color:var(--yellow)}svg.green{color:var(--green)}
        .do{color:var(--soft)}
        .light .do{color:inherit;opacity:.86}
        .do::before{content:"→ "}
        .do code{font-size:.9em;color:inherit}tbody th .do code{display:inline}
        .glance{display:grid;grid-template-columns:repeat(4,1fr);gap:.75rem;margin:.75rem 0 0}
        .glance>div{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:.9rem 1.05rem 1rem;min-width:0}
        .glance h2{font-size:.8125rem;font-weight:500;color:var(--soft);margin:0}
        .glance strong{display:block;font-size:1.4rem;line-height:1.3;font-weight:600;letter-spacing:-.01em;margin:.1rem 0 .15rem}
        .glance strong.yellow{color:var(--yellow)}.glance strong.red{color:var(--red)}
        .glance p{font-size:.875rem;line-height:1.45;color:var(--soft);overflow-wrap:anywhere}
        .bar{display:block;width:100%;height:.35rem;margin-top:.6rem;border-radius:.2rem}
        .bar .track{fill:var(--line)}.bar .fill{fill:var(--link)}.bar.yellow .fill{fill:var(--yellow)}
        section{margin-top:2.25rem}
        section>h2,.over h2{font-size:1.125rem;font-weight:600;letter-spacing:-.005em;margin-bottom:.5rem}
        .over{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:end;gap:.25rem 1rem;margin-bottom:.5rem}
        .over h2{margin:0}
        .empty{color:var(--soft);border-top:1px solid var(--line);padding-top:.6rem}
        table{width:100%;border-collapse:collapse}
        caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        th{font-size:.8125rem;font-weight:500;color:var(--soft);text-align:left;padding:.35rem 1rem .35rem 0;border-bottom:1px solid var(--line);white-space:nowrap}
        td,tbody th{padding:.6rem 1rem .6rem 0;border-bottom:1px solid var(--line);vertical-align:top;text-align:left}
        tbody th{font-size:1rem;font-weight:500;color:var(--ink);white-space:normal;overflow-wrap:anywhere}
        tbody th span,tbody th code{display:block;font-weight:400;font-size:.875rem;color:var(--soft)}
        tbody th code{font-size:.8125rem}
        td.n,th.n{text-align:right;white-space:nowrap;padding:.6rem 0 .6rem 1rem}
        th.n{padding-block:.35rem}
        .mark{display:inline-flex;align-items:center;gap:.4em;font-weight:600}
        .mark svg{width:1em;height:1em;flex:none}
        .mark.yellow{color:var(--yellow)}.mark.red{color:var(--red)}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.45rem 1.5rem;border-top:1px solid var(--line);padding-top:.6rem}
        dt{color:var(--soft)}
        dd{overflow-wrap:anywhere}
        dd span{display:block}
        .problems{border-top:1px solid var(--line)}
        .problems li{border-bottom:1px solid var(--line);padding:.75rem 0 .75rem 1.75rem;position:relative;overflow-wrap:anywhere}
        .problems svg{position:absolute;left:0;top:1rem;width:1.05rem;height:1.05rem}
        form{display:flex;gap:.5rem;align-items:center;font-size:.875rem}
        form label{color:var(--soft)}
        input,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.45rem;padding:.3rem .65rem;min-width:0}
        input{border-color:var(--soft)}
        input{width:13rem}
        button{cursor:pointer}
        :focus-visible{outline:2px solid var(--link);outline-offset:2px}
        .pages{display:flex;gap:1rem;padding-top:.75rem;font-size:.875rem}
        footer{margin-top:2.75rem;padding-top:.9rem;border-top:1px solid var(--line);color:var(--soft);font-size:.875rem;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
        @media (max-width:48rem){.glance{grid-template-columns:repeat(2,1fr)}}
        @media (max-width:34rem){body{padding:1rem .9rem 2.5rem}.wide{display:none}.light{grid-template-columns:2rem 1fr;gap:0 .8rem;padding:1rem}
        .light>svg{width:2rem;height:2rem}.light h1{font-size:1.25rem}.light ul{margin-left:-2.8rem}.glance{gap:.6rem}.glance>div{padding:.75rem .85rem}.glance strong{font-size:1.2rem}
        dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}td,tbody th{padding-right:.7rem}form{width:100%}input{width:auto;flex:1}}
        @media print{:root{color-scheme:light}form,.pages{display:none}}
        """;

    /// <summary>No script, no picture, no font, no frame, nothing from elsewhere; forms come back here.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Css)))}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
}
