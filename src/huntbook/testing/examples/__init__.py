"""The examples of prepared queries, run: for the tests of your own packs, and for `huntbook packs --check`.

Example:
    >>> from huntbook.query.pack import packs
    >>> from huntbook.testing.examples import Bench, run_examples
    >>> with Bench() as bench:
    ...     run_examples(packs["credentials"]["cached_credentials_listed"], bench)
    []
"""

from huntbook.testing.examples._bench import Bench
from huntbook.testing.examples._checked import Checked, check_pack, check_packs
from huntbook.testing.examples._run import run_examples

__all__ = ["Bench", "Checked", "check_pack", "check_packs", "run_examples"]
