"""Text from outside on its way into Markdown: the Temporal UI renders summaries and details as such."""

import re

_HARMLESS = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]()<>&#+-.!|~"} | {"\n": " "})


def plain(text: str) -> str:
    r"""Text from outside, made harmless: escaped, every sign that could begin Markdown or HTML is shown as itself.

    >>> print(plain("<b>A & B</b> | **x**"))
    \<b\>A \& B\</b\> \| \*\*x\*\*
    """
    return text.translate(_HARMLESS)


def read(text: str) -> str:
    r"""What `plain` made harmless, as it was before.

    >>> read(plain("2026-1001 \\ <b>"))
    '2026-1001 \\ <b>'
    """
    return re.sub(r"\\([^\w\s])|\\(_)", r"\1\2", text)
