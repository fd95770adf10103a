"""Forms: the only way from what somebody typed, in a page or an address, to plain values."""
