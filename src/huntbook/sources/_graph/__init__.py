"""Microsoft Graph: its collections, OData and pages."""
