namespace CoapBridge.Interop.Tests.Browser;

/// <summary>What a reader of the page would stumble over, as expressions: each comes to the empty text when there is nothing.</summary>
internal static class PageMeasures
{
    /// <summary>The page scrolls sideways, or a text is cut.</summary>
    public const string TooWide = """
        document.documentElement.scrollWidth > innerWidth
          ? 'page ' + document.documentElement.scrollWidth
          : [...document.querySelectorAll('td,th,p,strong,dd,li')].filter(one => getComputedStyle(one).display != 'none' && one.getBoundingClientRect().right > innerWidth + 1)
              .map(one => one.textContent).join('; ')
        """;

    /// <summary>Texts with less contrast than WCAG 2.2 §1.4.3 asks: 4.5 to 1.</summary>
    public const string TooPale = """
        (() => {
          const numbers = color => color.match(/[\d.]+/g).map(Number);
          const luminance = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
          const background = one => {
            for (; one; one = one.parentElement) {
              const color = numbers(getComputedStyle(one).backgroundColor);
              if (color.length == 3 || color[3] == 1) return color;
            }
            return [255, 255, 255];
          };
          const opacity = one => one ? getComputedStyle(one).opacity * opacity(one.parentElement) : 1;
          const pale = [];
          for (const one of document.querySelectorAll('body *')) {
            if (![...one.childNodes].some(node => node.nodeType == 3 && node.data.trim())) continue;
            const under = background(one), seen = opacity(one);
            const ink = numbers(getComputedStyle(one).color).slice(0, 3).map((c, i) => c * seen + under[i] * (1 - seen));
            const [light, dark] = [luminance(ink), luminance(under)].sort((a, b) => b - a);
            const contrast = (light + 0.05) / (dark + 0.05);
            if (contrast < 4.5) pale.push(contrast.toFixed(1) + ' ' + one.textContent.trim().slice(0, 40));
          }
          return pale.join('; ');
        })()
        """;
}
