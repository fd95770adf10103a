"""A local Kaltura API with an invented university: the Kaltura of the demo and of the tests.

Imports nothing of Django and nothing of the product, which knows nothing of it either.
"""
