"""Pure functions on rows: distributions and the like. No Django, no database."""
