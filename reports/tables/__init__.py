"""How tables of pages look: their columns, and how a figure is written."""
