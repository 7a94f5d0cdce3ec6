"""What the account holds: is a record there already, and whose is it?"""
