"""What may be wrong with a false line: the change that makes it true, and the message that says so."""
