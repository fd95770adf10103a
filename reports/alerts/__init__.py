"""What administrators are alerted to: noticed in the database, written down, mailed once."""
