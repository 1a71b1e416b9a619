using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace CoapBridge.Status;

/// <summary>
/// A page in the making. What stands in the source between <c>$"</c> and <c>"</c> is markup; every value in braces is encoded, so
/// that nothing a peer chose can become a tag or leave an attribute. Only the style sheet goes in as it is.
/// </summary>
internal sealed class Html
{
    private readonly StringBuilder _text = new(16_384);

    public void Add([InterpolatedStringHandlerArgument("")] ref Piece piece)
    {
        // The handler has done it.
    }

    /// <summary>A text in which what stands between backticks is to be typed or looked for; encoded like any other.</summary>
    public void AddProse(string text)
    {
        var parts = text.Split('`');
        for (var index = 0; index < parts.Length; index++)
        {
            if (index % 2 == 1 && index < parts.Length - 1)
            {
                Add($"<code>{parts[index]}</code>");
            }
            else
            {
                Add($"{(index % 2 == 1 ? "`" : "")}{parts[index]}");
            }
        }
    }

    /// <summary>Our own style sheet, as it is: encoded, it would not be one.</summary>
    public void AddStyle() => _text.Append(PageStyle.Css);

    public override string ToString() => _text.ToString();

    /// <summary>Markup with values.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Piece
    {
        private readonly Html _html;

#pragma warning disable IDE0060 // the compiler gives them
        public Piece(int literalLength, int formattedCount, Html html) => _html = html;
#pragma warning restore IDE0060

        public void AppendLiteral(string markup) => _html._text.Append(markup);

        public void AppendFormatted<T>(T value) =>
            _html._text.Append(HtmlEncoder.Default.Encode(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));

        /// <summary>A moment, in UTC and to the second.</summary>
        public void AppendFormatted(DateTimeOffset time) => _html._text.Append(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
    }
}
