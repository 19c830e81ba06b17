"""Microsoft Sentinel: the APIs of its workspaces."""
