"""Microsoft's clouds: where each of them answers, and for whom a token has to be made out there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """Where a service is, and the scope of tokens for it."""

    url: str
    scope: str


@dataclass(frozen=True)
class Cloud:
    """One of Microsoft's clouds. None stands for a service that the cloud does not have."""

    name: str
    login: str  # the host that signs in
    log_analytics: Service
    arm: Service  # Azure Resource Manager, Resource Graph with it
    graph: Service
    defender: Service | None
    kusto: str  # what the names of clusters end with
    monitor_scope: str  # for the Logs Ingestion API; its address is the data collection endpoint's own
    key_vault: str  # what the names of vaults end with


# Sign-in: learn.microsoft.com/entra/identity-platform/authentication-national-cloud.
# Log Analytics: learn.microsoft.com/azure/azure-monitor/logs/api/request-format and docs.azure.cn's page of that name; audiences as in
#   azure-sdk-for-go, sdk/monitor/query/azlogs/cloud_config.go.
# ARM, Resource Graph, Key Vault, Data Explorer: learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure and
#   docs.azure.cn/articles/guidance/developerdifferences; clusters also as in azure-kusto-python, wellKnownKustoEndpoints.json.
# Graph: learn.microsoft.com/graph/deployments (the DoD's own Graph, dod-graph.microsoft.us, is not in here).
# Defender for Endpoint: learn.microsoft.com/defender-endpoint/api/exposed-apis-list and /defender-endpoint/gov (GCC, which signs in publicly,
#   has api-gcc.securitycenter.microsoft.us); it is not offered in China. The audience of the public one is the older name:
#   learn.microsoft.com/defender-endpoint/api/exposed-apis-create-app-webapp.
# Logs Ingestion: learn.microsoft.com/azure/azure-monitor/logs/tutorial-logs-ingestion-code; audiences as in azure-sdk-for-net,
#   LogsIngestionAudience.cs. The two slashes are meant: the audience itself ends with one.
clouds: dict[str, Cloud] = {
    "public": Cloud(
        name="public",
        login="login.microsoftonline.com",
        log_analytics=Service("https://api.loganalytics.azure.com", "https://api.loganalytics.io/.default"),
        arm=Service("https://management.azure.com", "https://management.azure.com/.default"),
        graph=Service("https://graph.microsoft.com", "https://graph.microsoft.com/.default"),
        defender=Service("https://api.security.microsoft.com", "https://api.securitycenter.microsoft.com/.default"),
        kusto="kusto.windows.net",
        monitor_scope="https://monitor.azure.com//.default",
        key_vault="vault.azure.net",
    ),
    "usgov": Cloud(
        name="usgov",
        login="login.microsoftonline.us",
        log_analytics=Service("https://api.loganalytics.us", "https://api.loganalytics.us/.default"),
        arm=Service("https://management.usgovcloudapi.net", "https://management.usgovcloudapi.net/.default"),
        graph=Service("https://graph.microsoft.us", "https://graph.microsoft.us/.default"),
        defender=Service(
            "https://api-gov.securitycenter.microsoft.us", "https://api-gov.securitycenter.microsoft.us/.default"
        ),
        kusto="kusto.usgovcloudapi.net",
        monitor_scope="https://monitor.azure.us//.default",
        key_vault="vault.usgovcloudapi.net",
    ),
    "china": Cloud(
        name="china",
        login="login.chinacloudapi.cn",
        log_analytics=Service("https://api.loganalytics.azure.cn", "https://api.loganalytics.azure.cn/.default"),
        arm=Service("https://management.chinacloudapi.cn", "https://management.chinacloudapi.cn/.default"),
        graph=Service("https://microsoftgraph.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn/.default"),
        defender=None,
        kusto="kusto.chinacloudapi.cn",
        monitor_scope="https://monitor.azure.cn//.default",
        key_vault="vault.azure.cn",
    ),
}
