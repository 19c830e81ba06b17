"""Splunk: its sessions, jobs, exports and rows."""
