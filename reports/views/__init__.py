"""The pages: a module a page; each takes its rows through `reports.access`."""
