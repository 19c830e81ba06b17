"""What the sources that speak KQL share."""
