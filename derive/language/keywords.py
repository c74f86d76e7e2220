"""The words that have a meaning of their own wherever they stand, so that no name can be one of them."""

STATEMENTS = (
    "title", "source", "note", "size", "variable", "constant", "function", "assume", "define", "index", "use", "option",
    "variant", "theorem", "proof",
)  # fmt: skip
"""Those with which a statement begins."""
KEYWORDS = frozenset((*STATEMENTS, "qed", "case", "expect", "by", "for", "given"))
