"""caretool: the morning list of one care manager, in one private file."""

__version__ = "0.1.0"
