"""Derivations by the thousand, for programs: text and data in, data out."""
