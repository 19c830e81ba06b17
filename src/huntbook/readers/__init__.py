"""One file per file format: how to recognise it from its first bytes, how to read it in bounded batches."""

from huntbook.core.registry import Registry
from huntbook.readers._base import Reader
from huntbook.readers._choose import choose, read, recognise

__all__ = ["choose", "read", "readers", "recognise"]

readers: Registry[Reader] = Registry(__name__, what="reader", base=Reader)
