"""Values: intervals that are sure to hold them, counterexamples, and the attack on every claim."""
