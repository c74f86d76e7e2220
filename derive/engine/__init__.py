"""Search for proofs. Nothing in here is trusted: what it finds are theorems that the kernel made."""
