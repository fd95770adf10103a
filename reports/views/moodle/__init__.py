"""The pages that Moodle opens, and those about Moodle sites and courses."""
