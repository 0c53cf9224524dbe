"""Text from outside on its way into Markdown: the Temporal UI renders summaries and details as such."""

_HARMLESS = str.maketrans(
    {character: f"\\{character}" for character in "\\`*_{}[]()#+-.!|~"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": " "}
)


def plain(text: str) -> str:
    """Text from outside, made harmless for Markdown and HTML."""
    return text.translate(_HARMLESS)
