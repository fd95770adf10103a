"""Tables as files: one column list a table, written as CSV or as a workbook."""
