"""What a record refers to in the account: ids of records created before it, and of clients that are there already."""
