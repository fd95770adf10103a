"""The only writer of what people decided: corrections, links, rules, merged and ignored sessions.

Nothing is overwritten: a newer decision counts before an older one, and undoing it lets the older one
count again. Each function is one transaction together with its line in the access log. How decisions
take effect is in `reports.queries`; whose course it is, the caller has asked `reports.access`.
"""
