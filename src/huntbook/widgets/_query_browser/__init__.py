"""The query browser: what it shows (`listing`), what was typed into it (`forms`), the widget, its page."""
