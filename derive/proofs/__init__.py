"""Proofs as data: written down when they are found, and replayed without a search.

Nothing here is trusted. What is read is anybody's, and whatever is made of it, only the kernel makes theorems and only
`floor.claims` says what they prove.
"""
