"""The proof language: text to derivations (`read`), and back (`write`)."""

from derive.language.codes import CODES
from derive.language.derivation_writer import write, write_claim, write_declaration, write_reason
from derive.language.documents import read_document
from derive.language.expressions import read_comparison, read_expression, stretch
from derive.language.names import ABOVE
from derive.language.reader import read
from derive.language.writer import write_term

__all__ = [
    "ABOVE",
    "CODES",
    "read",
    "read_comparison",
    "read_document",
    "read_expression",
    "stretch",
    "write",
    "write_claim",
    "write_declaration",
    "write_reason",
    "write_term",
]
