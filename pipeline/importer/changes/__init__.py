"""Records of the account that are changed, where `--update` asks for it: found, shown, agreed to, and sent by PUT."""
