"""From a derivation to its verdicts."""
