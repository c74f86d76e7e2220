"""What `proved` rests on: terms, what is declared, and everything that makes a theorem.

Nothing in here imports from outside but `errors` and `limits`, which can end a proof and make none; nothing outside makes one.
"""
