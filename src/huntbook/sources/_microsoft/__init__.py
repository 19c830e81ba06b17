"""What the sources in Microsoft's clouds share: signing in, spans of time."""
