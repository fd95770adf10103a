"""Shares out of sums: computed when they are shown, never stored and never averaged."""


def engagement(engaged_seconds: int | None, view_seconds: int | None) -> float | None:
    """Return engaged time / time in session, 0 to 1; None where there is no time to divide by."""
    if engaged_seconds is None or not view_seconds:
        return None
    return engaged_seconds / view_seconds


def share_attended(view_seconds: int | None, length_seconds: int | None) -> float | None:
    """Return time in session / length, 0 to 1 and never more; None while the length is unknown."""
    if view_seconds is None or not length_seconds:
        return None
    return min(1.0, view_seconds / length_seconds)
