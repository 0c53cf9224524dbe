"""Text from outside on its way into Markdown: the Temporal UI renders summaries and details as such."""

_HARMLESS = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]()<>&#+-.!|~"} | {"\n": " "})


def plain(text: str) -> str:
    r"""Text from outside, made harmless: escaped, every sign that could begin Markdown or HTML is shown as itself.

    >>> print(plain("<b>A & B</b> | **x**"))
    \<b\>A \& B\</b\> \| \*\*x\*\*
    """
    return text.translate(_HARMLESS)
