"""What `proved` rests on: terms, what is declared, and everything that makes a theorem.

Nothing in here imports from outside of this folder but `errors` and `limits`, which can end a proof and make none; and nothing
outside of it makes a theorem.
"""
