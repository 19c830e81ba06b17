"""For tests, yours too: fake services that speak the vendors' protocols on loopback, and the contract that every source keeps.

Example:
    >>> from huntbook.testing import FakeSentinel
    >>> with FakeSentinel(tables={"SigninLogs": [{"TimeGenerated": "2026-03-01T10:00:00Z", "UserPrincipalName": "anna@contoso.com"}]}) as service:
    ...     sentinel = service.connect()
    ...     len(sentinel.query("SigninLogs", start="2026-03-01", end="2026-03-02"))
    1
"""

from huntbook.testing.defender import FakeDefender
from huntbook.testing.faults import Fault, Faults
from huntbook.testing.graph import FakeGraph
from huntbook.testing.kusto import FakeKusto
from huntbook.testing.resource_graph import FakeResourceGraph
from huntbook.testing.sentinel import FakeSentinel
from huntbook.testing.service import FakeCredential, FakeService, FixedCredential
from huntbook.testing.splunk import FakeSplunk

__all__ = [
    "FakeCredential",
    "FakeDefender",
    "FakeGraph",
    "FakeKusto",
    "FakeResourceGraph",
    "FakeSentinel",
    "FakeService",
    "FakeSplunk",
    "Fault",
    "Faults",
    "FixedCredential",
]
