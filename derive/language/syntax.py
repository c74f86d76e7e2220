"""Tokens to syntax: what an expression looks like, before its names mean anything.

    sum  = term (("+" | "-") term)*            a - b is the sum of a and the negation of b
    term = factor (("*" | "/") factor)*        a*b/c*d is ((a*b)/c)*d
    factor = "-" factor | power
    power = atom ("^" factor | "²")?           to the right, and tighter than the minus before it: -x^2 is -(x^2)
    atom = number | name | name "[" indices "]" | name primes? "(" arguments ")" | "(" sum ")" | "∂" atom? "/" "∂" atom
    argument = sum | sum relation sum | name ":" range

Every form `name(…)` is a `call` here, `sum`, `diff` and `if` among them: which of them bind an index is not a question of
syntax. Parentheses leave no trace but the shape of the tree. A `Syntax` knows where it stands, for messages.
"""

from __future__ import annotations

import unicodedata
from typing import NoReturn

from derive.floor.frozen import Table
from derive.floor.functions import TABLE
from derive.language.keywords import KEYWORDS
from derive.language.lexer import Source, Tokens
from derive.limits import DEEPEST, LONGEST_NAME

RELATIONS = ("=", "!=", ">", ">=")
TURNED = Table({"<": ">", "<=": ">="})  # a < b is read as b > a
RELATION_SIGNS = (*RELATIONS, *TURNED)
NESTING = ("sum", "prod", "max", "min", "diff")  # over many indices, or by many variables: it nests as deeply as it is long


class Syntax:
    """A piece of syntax: its kind, the word it consists of or begins with, its parts, and where it stands.

    The kinds are number, name, entry, call, add, neg, mul, div, pow, relation (the word is the relation), range (`i: H`), and
    primed: a name with primes that is not called. The word of a call may have primes.
    `meaning` is what its names stand for, once that is known.
    """

    __slots__ = ("depth", "end", "kind", "meaning", "parts", "start", "word")

    def __init__(self, kind: str, word: str, parts: tuple[Syntax, ...], start: int, end: int) -> None:
        self.kind = kind
        self.word = word
        self.parts = parts
        self.start = start
        self.end = end
        self.meaning: object = None
        self.depth: int = max([part.depth for part in parts]) + 1 if parts else 1


class Parser:
    """Reads expressions from the tokens, one after the other; `position` is the token that comes next."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens = Tokens(source)
        self.kinds = self.tokens.kinds
        self.position = 0
        self._open = 0

    # --- tokens ---

    @property
    def kind(self) -> str:
        """The kind of the next token."""
        return self.kinds[self.position]

    @property
    def word(self) -> str:
        """The text of the next token."""
        return self.tokens.texts[self.position]

    @property
    def start(self) -> int:
        """Where the next token begins."""
        return self.tokens.starts[self.position]

    @property
    def last_end(self) -> int:
        """Where the token before the next one ends."""
        return self.tokens.ends[self.position - 1] if self.position else 0

    @property
    def found(self) -> str:
        """What stands at the next token, as a message says it."""
        return self.tokens.found(self.position)

    def fail(self, code: str, **fields: object) -> NoReturn:
        """Raises the mistake `code` at the next token."""
        self.tokens.fail(self.position, code, **fields)

    def expect(self, kind: str, what: str, instead: str) -> None:
        """Steps over a token of that kind; it is a mistake if another stands here."""
        if self.kinds[self.position] != kind:
            self.fail("D112", what=what, found=self.found, instead=instead)
        self.position += 1

    def accept(self, kind: str) -> bool:
        """Steps over a token of that kind if it comes next, and says whether it did."""
        if self.kinds[self.position] == kind:
            self.position += 1
            return True
        return False

    def text(self, syntax: Syntax) -> str:
        """The source text of `syntax`, on one line."""
        return " ".join(self.source.text[syntax.start : syntax.end].split())

    # --- expressions ---

    def expression(self) -> Syntax:
        """An expression, up to the first token that cannot continue it."""
        found = self._sum()
        kind = self.kinds[self.position]
        if kind in ("name", "number", "(", "[", "?", "∂"):
            self._missing_sign(found)
        if kind in (")", "]") and not self._open:
            self.fail("D132", found=kind, instead="(" if kind == ")" else "[")
        if kind in ("bad", "bad_number", "long_name", "open_string", "primes", "raised", "==", ":="):
            self.tokens.refuse(self.position)
        return found

    def _sum(self) -> Syntax:
        first = self._term()
        kinds = self.kinds
        kind = kinds[self.position]
        if kind != "+" and kind != "-":
            return first
        terms = [first]
        while kind == "+" or kind == "-":
            start = self.tokens.starts[self.position]
            self.position += 1
            term = self._term()
            terms.append(term if kind == "+" else Syntax("neg", "-", (term,), start, term.end))
            kind = kinds[self.position]
        return self._made(Syntax("add", "+", tuple(terms), first.start, terms[-1].end))

    def _term(self) -> Syntax:
        found = self._factor()
        kinds = self.kinds
        kind = kinds[self.position]
        while kind == "*" or kind == "/":
            self.position += 1
            right = self._factor()
            if kind == "/":
                found = self._made(Syntax("div", "/", (found, right), found.start, right.end))
                kind = kinds[self.position]
                continue
            factors = [found, right]
            kind = kinds[self.position]
            while kind == "*":
                self.position += 1
                factors.append(self._factor())
                kind = kinds[self.position]
            found = self._made(Syntax("mul", "*", tuple(factors), found.start, factors[-1].end))
        return found

    def _factor(self) -> Syntax:
        if self.kinds[self.position] == "-":
            start = self.start
            self._enter()
            self.position += 1
            inner = self._factor()
            self._open -= 1
            return self._made(Syntax("neg", "-", (inner,), start, inner.end))
        base = self._atom()
        if self.kinds[self.position] == "raised":
            return self._made(Syntax("pow", "^", (base, self._raised()), base.start, self.last_end))
        if self.kinds[self.position] != "^":
            return base
        self._enter()
        self.position += 1
        exponent = self._factor()
        self._open -= 1
        return self._made(Syntax("pow", "^", (base, exponent), base.start, exponent.end))

    def _atom(self) -> Syntax:
        position = self.position
        tokens = self.tokens
        kind, start = self.kinds[position], tokens.starts[position]
        if kind == "name":
            self.position = position + 1
            word = tokens.texts[position]
            following = self.kinds[position + 1]
            if following == "primes" and tokens.starts[position + 1] == tokens.ends[position]:
                return self._primed(position)
            if following == "[":
                parts = self._list("]")
                return self._made(Syntax("entry", word, parts, start, self.last_end))
            if following == "(":
                parts = self._list(")")
                return self._made(Syntax("call", word, parts, start, self.last_end))
            return Syntax("name", word, (), start, tokens.ends[position])
        if kind == "number":
            self.position = position + 1
            return Syntax("number", tokens.texts[position], (), start, tokens.ends[position])
        if kind == "(":
            self._enter()
            self.position = position + 1
            inner = self.expression()
            if self.kinds[self.position] in RELATION_SIGNS:
                self._refuse_relation(inner)
            self._close(position, ")")
            # The parentheses belong to what they hold, so that a message about it shows them.
            found = Syntax(inner.kind, inner.word, inner.parts, start, self.last_end)
            found.depth = inner.depth
            return found
        if kind == "∂":
            return self._leibniz()
        if kind == "?":
            self.fail("D127")
        if kind in (")", "]") and not self._open:
            self.fail("D132", found=kind, instead="(" if kind == ")" else "[")
        instead = "write it"
        if kind in KEYWORDS:
            instead = f"write it before {kind}; a name cannot be {kind}, which is a keyword"
        self.fail("D130", found=tokens.found(position), instead=instead)

    def _raised(self) -> Syntax:
        """An exponent in small digits: ², ⁻¹."""
        position = self.position
        self.position += 1
        word = unicodedata.normalize("NFKC", self.tokens.texts[position]).replace("−", "-").replace("+", "")
        start, end = self.tokens.starts[position], self.tokens.ends[position]
        number = Syntax("number", word.removeprefix("-"), (), start, end)
        return Syntax("neg", "-", (number,), start, end) if word.startswith("-") else number

    def _leibniz(self) -> Syntax:
        """A derivative as derive prints it: ∂E/∂Z[k], ∂(x²)/∂x, ∂²f/(∂x ∂y), ∂/∂x (x² + 1). What stands last is done first."""
        first, start = self.position, self.start
        self._enter()
        self.position += 1
        order = self._order()
        body = self._atom() if self.kind != "/" else None
        self.expect("/", "a fraction", "write a derivative as diff(f, x), or ∂(…)/∂x")
        opening = self.position
        grouped = self.kind == "("
        if grouped:
            self._enter()
            self.position += 1
        variables: list[Syntax] = []
        while self.accept("∂"):
            variable = self._name()
            variables += [variable] * self._order()
            if self.kind == "^":
                self.fail("D112", what="small digits behind `∂`", found="`^`", instead=f"write ∂{self.text(variable)}²")
        if grouped:
            self._close(opening, ")")
        if len(variables) != order:
            self.position, example = first, "write diff(f, x), or diff(f, x, y)"
            self.fail("D112", what=f"{order} `∂` below the bar", found=len(variables) or "none", instead=example)
        if body is None and self.kind != "(":
            self.fail("D112", what="an expression in parentheses", found=self.found, instead="write ∂/∂x (…), or diff(…, x)")
        whole = body or self._atom()
        if (body is None or grouped) and self.kind in ("^", "raised"):
            example = "put parentheses around all of it: ∂/∂x ((…)^2)" if body is None else "write ∂²f/∂x²"
            start, end, what = self.start, self.tokens.ends[self.position], "the end of the derivative"
            raise self.source.error("D112", start, end, what=what, found=self.found, instead=example)
        self._open -= 1
        return self._made(Syntax("call", "diff", (whole, *reversed(variables)), start, self.last_end))

    def _name(self) -> Syntax:
        """A name with its indices; a parenthesis behind it is none of it."""
        position = self.position
        if self.kind != "name":
            self.fail("D112", what="a variable", found=self.tokens.found(position), instead="write diff(f, x)")
        word, start = self.word, self.start
        self.position += 1
        parts = self._list("]") if self.kind == "[" else ()
        return Syntax("entry" if parts else "name", word, parts, start, self.last_end)

    def _order(self) -> int:
        """How often is differentiated, as the small digits say."""
        if self.kind != "raised":
            return 1
        position = self.position
        exponent = self._raised()
        if exponent.kind != "number" or not 0 < int(exponent.word) <= DEEPEST:
            self.tokens.refuse(position)
        return int(exponent.word)

    def _primed(self, position: int) -> Syntax:
        """A derivative of a function, f'(x): the name and its primes, from `position` on, are one word."""
        tokens = self.tokens
        word = tokens.texts[position] + tokens.texts[position + 1]
        start, end = tokens.starts[position], tokens.ends[position + 1]
        if len(word) > LONGEST_NAME:
            raise self.source.error("D108", start, end, limit=LONGEST_NAME)
        self.position = position + 2
        if self.kind == "[":
            raise self.source.error("D137", tokens.starts[position + 1], end)
        if self.kind != "(":
            return Syntax("primed", word, (), start, end)
        parts = self._list(")")
        return self._made(Syntax("call", word, parts, start, self.last_end))

    def _list(self, closing: str) -> tuple[Syntax, ...]:
        """What stands between brackets, parted by commas, from the opening one on."""
        opening = self.position
        self._enter()
        self.position += 1
        parts: list[Syntax] = []
        if self.kinds[self.position] != closing:
            parts.append(self._argument())
            while self.kinds[self.position] == ",":
                self.position += 1
                parts.append(self._argument())
        if parts and parts[-1].kind == "relation" and self.kinds[self.position] != closing:
            self._reopen(parts[-1])
        self._close(opening, closing)
        return tuple(parts)

    def _argument(self) -> Syntax:
        left = self.expression()
        kind = self.kinds[self.position]
        if kind == ":" and left.kind == "name":
            self.position += 1
            extent = self.expression()
            return Syntax("range", ":", (left, extent), left.start, extent.end)
        if kind not in RELATION_SIGNS:
            return left
        return self.related(left)

    def related(self, left: Syntax) -> Syntax:
        """A relation, from its sign on."""
        sign = self.kind
        self.position += 1
        right = self.expression()
        if self.kind in RELATION_SIGNS:
            first, second = f"{self.text(left)} {sign} {self.text(right)}", f"{self.text(right)} {self.word} …"
            self.fail("D112", what="one relation at a time", found=self.found, instead=f"write two: {first}, and {second}")
        parts = (right, left) if sign in TURNED else (left, right)
        return Syntax("relation", TURNED.get(sign, sign), parts, left.start, right.end)

    def _refuse_relation(self, left: Syntax) -> None:
        """The mistake in `(x > 0)`; in `(x + 1 = x` it is the parenthesis that is missing, and this returns."""
        position = self.position
        self.position += 1
        right = self.expression()
        if self.kind == ")":
            found = f"{self.text(left)} {self.kinds[position]} {self.text(right)}"
            raise self.source.error("D136", left.start, right.end, found=found)
        self.position = position

    def _reopen(self, relation: Syntax) -> None:
        """Goes back to the relation sign: what seemed an argument is the rest of the statement, after a missing bracket."""
        while self.last_end > min(part.end for part in relation.parts):
            self.position -= 1

    def _close(self, opening: int, closing: str) -> None:
        if self.kinds[self.position] == closing:
            self.position += 1
            self._open -= 1
            return
        self.tokens.refuse(self.position)
        starts, ends = self.tokens.starts, self.tokens.ends
        after = self.source.text[max(ends[opening], self.last_end - 20) : self.last_end]
        where = f"after {after.splitlines()[-1].strip()}" if after.strip() else "after what it holds"
        raise self.source.error(
            "D131", starts[opening], ends[opening], found=self.tokens.texts[opening], instead=closing, where=where
        )

    def _missing_sign(self, left: Syntax) -> NoReturn:
        """The mistake in `2x`, `x y`, `(a)(b)`, `sin x`: it shows both sides and the product, or the call."""
        position = self.position
        before = left
        while before.parts and before.kind in ("add", "mul", "div", "neg", "pow") and before.end == before.parts[-1].end:
            before = before.parts[-1]
        ends = self.tokens.ends
        if self.kinds[position] in ("(", "["):
            depth, last = 0, position
            while self.kinds[last] != "end":
                depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(self.kinds[last], 0)
                if depth == 0:
                    break
                last += 1
            right = " ".join(self.source.text[self.start : ends[last]].split())
        else:
            right = self.word
        written, right, instead = self.text(before), right[:40], ""
        function = written in TABLE
        if not function and self.kinds[position] == "name" and self.tokens.starts[position] > left.end and not self._open:
            instead = f"; or, if {right} is a reason, by {right}"
        product = f"{written}({right})" if function else f"{written}*{right}"
        self.fail("D133", left=written, right=right, product=product, instead=instead)

    # --- depth: a text of a million parentheses is an error like any other ---

    def _enter(self) -> None:
        self._open += 1
        if self._open > DEEPEST:
            self.fail("D107", limit=DEEPEST)

    def _made(self, syntax: Syntax) -> Syntax:
        if syntax.kind == "call" and syntax.word in NESTING:
            syntax.depth += max(len(syntax.parts) - 2, 0)
        if syntax.depth > DEEPEST:
            raise self.source.error("D107", syntax.start, syntax.end, limit=DEEPEST)
        return syntax
