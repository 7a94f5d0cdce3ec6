"""Records of the account taken away by their ids: looked at, kept as they were, agreed to, and deleted one by one."""
