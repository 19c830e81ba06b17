"""Objects that take no attributes but those that they have: `conn.spn = "2d"` is a mistake, and nothing of Python's would say so."""

from __future__ import annotations

from difflib import get_close_matches


class OwnNames:
    """What derives from this can be given only what it has: properties that can be set, and what it was made with.

    Example:
        >>> import huntbook as hb
        >>> hb.session.spn = "2d"
        Traceback (most recent call last):
        AttributeError: Session has no 'spn'. Did you mean 'span'?
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_") and not self._has(name):
            known = [each for each in dir(self) if not each.startswith("_")]
            close = get_close_matches(name, known, n=1, cutoff=0.5)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            raise AttributeError(
                f"{type(self).__name__} has no {name!r}.{meant}"
            )  # without `name=`: Python would say it twice
        super().__setattr__(name, value)

    def _has(self, name: str) -> bool:
        """Whether there is such a name: of the class, or one that the class says it will have."""
        return hasattr(type(self), name) or any(
            name in vars(kind).get("__annotations__", ()) for kind in type(self).__mro__
        )
