"""A plan that is written, looked at, approved and then applied: that plan, or nothing."""
