"""Whether the last release is still what people get, and how often there are releases."""
