"""Terms and derivations to text, in the layout of this language: what is written reads back as the same.

    Add((a, Neg(b)))  a - b        Mul((Neg(x), y))  -x*y        Neg(Mul((x, y)))  -(x*y)
    Sum(i, (k,), b)   sum(b, i != k)                 Sum(i, (), Sum(j, (), b))  sum(b, i, j)

Parentheses stand only where the reader would otherwise see another tree. A bound index gets its range, `i: H`, where no
array in its body tells it. Numbers that come out of a computation have no text of their own: minus two is written as the
negation of two, a third as a quotient, and they read back as that, which is equal in value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import count, islice

from derive.floor import terms as t
from derive.floor.functions import TABLE
from derive.floor.theory import Theory, Unknown
from derive.language.derivation import Chain, Derivation, Reason, Statement, Step
from derive.language.names import bound_indices, fresh, shown_name

_SUM, _TERM, _FACTOR, _POWER, _ATOM = range(5)
"""How tightly a written form holds together: a sum, a product, a negation, a power, and what needs no parentheses."""


def write_term(term: t.Term, theory: Theory | None = None) -> str:
    """The text of a term or a relation.

    Without the `theory` every sum says the range of its index.
    """
    return _write(term, _SUM, theory)


def _write(term: t.Term, level: int, theory: Theory | None) -> str:
    """The text of `term` where something at least as tight as `level` can stand."""
    match term:
        case t.Entry(name, ()):
            return shown_name(name)
        case t.Size(name) | t.Index(name, _):
            return name
        case t.Entry(name, indices):
            return f"{name}[{', '.join(_write(index, _ATOM, theory) for index in indices)}]"
        case t.Affine():
            total = as_sum(term)
            # By itself an index or a number would be read as one in the range of its array.
            return _write(total, _SUM, theory) + (" + 0" if isinstance(total, t.Index | t.Number) else "")
        case t.Number(value):
            text, own = _number(value)
        case t.Add(terms):
            text, own = _add(terms, theory), _SUM
        case t.Neg(inner):
            text, own = "-" + _write(inner, _POWER, theory), _FACTOR
        case t.Mul(factors):
            first, *rest = factors
            # A product in a product was written in parentheses; a quotient at its beginning was not.
            head = _write(first, _ATOM if isinstance(first, t.Mul) else _TERM, theory)
            text, own = "*".join([head, *(_write(factor, _POWER, theory) for factor in rest)]), _TERM
        case t.Div(numerator, denominator):
            text, own = f"{_write(numerator, _TERM, theory)}/{_write(denominator, _POWER, theory)}", _TERM
        case t.Pow(base, exponent):
            text, own = f"{_write(base, _ATOM, theory)}^{_write(exponent, _POWER, theory)}", _POWER
        case t.Comparison(left, relation, right):
            text, own = f"{_write(left, _SUM, theory)} {relation} {_write(right, _SUM, theory)}", _ATOM
        case _:
            return _form(term, theory)
    return f"({text})" if own < level else text


def _add(terms: tuple[t.Term, ...], theory: Theory | None) -> str:
    first, *rest = terms
    parts = [_write(first, _TERM, theory)]
    for term in rest:
        match term:
            case t.Neg(inner):
                text = _write(inner, _TERM, theory)
                parts.append(f" - ({text})" if text.startswith("-") else f" - {text}")
            case t.Number(value) if value < 0:
                parts.append(f" - {_write(t.Number(-value), _TERM, theory)}")
            case t.Mul((t.Number(value), *others)) if value < 0:
                # Computed: no text reads as a product that begins with a negative number.
                parts.append(f" - {_write(t.Mul((t.Number(-value), *others)), _TERM, theory)}")
            case _:
                text = _write(term, _TERM, theory)
                parts.append(f" + ({text})" if text.startswith("-") else f" + {text}")
    return "".join(parts)


def _form(term: t.Term, theory: Theory | None) -> str:
    """The text of what is written with its parts in parentheses: functions, sums, choices, derivatives."""
    match term:
        case t.Call(name, arguments):
            return f"{name}({_list(arguments, theory)})"
        case t.Apply(name, arguments):
            return _apply(name, arguments, theory)
        case t.Delta(left, right):
            return f"delta({_list((left, right), theory)})"
        case t.If(condition, then, otherwise):
            return f"if({_list((condition, then, otherwise), theory)})"
        case t.Diff():
            variables: list[t.Term] = []
            while isinstance(term, t.Diff):
                variables.insert(0, term.by)
                term = term.body
            return f"diff({_list((term, *variables), theory)})"
        case t.Sum() | t.Prod():
            return _binder(term, theory)
    raise TypeError(f"not a term: {term!r}")


def as_sum(index: t.Affine) -> t.Term:
    """A computed index as a sum of values: t + a - 1, and 1 - t."""
    products = [t.mul(t.number(f), part) for f, part in zip(index.factors, index.parts, strict=True)]
    added = any(factor > 0 for factor in index.factors)
    offset = t.number(index.offset)
    return t.add(*products, offset) if added else t.add(offset, *products)


def _list(terms: Iterable[t.Term], theory: Theory | None) -> str:
    return ", ".join([_write(term, _SUM, theory) for term in terms])


def _apply(name: str, arguments: tuple[t.Term, ...], theory: Theory | None) -> str:
    declared = () if theory is None else (theory.descriptions, theory.definitions, theory.functions)
    if theory is not None and any(name in table for table in declared):
        function = theory.definitions.get(name) or theory.functions.get(name)
        own = getattr(function, "arguments", None) or (function is not None and not getattr(function, "of", True))
        means = TABLE[name].means
        if own and means is not None:
            # The derivation has a function of this name, and means its own by it.
            return f"({_write(means(*arguments), _SUM, theory)})"
        if not arguments:
            return f"{name}()"
    return f"{name}({_list(arguments, theory)})" if arguments else name


def _binder(term: t.Sum | t.Prod, theory: Theory | None) -> str:
    kind = type(term)
    clauses: list[str] = []
    names: set[str] = set()
    here: t.Term = term
    while isinstance(here, kind):
        index, excluded, body = here.index, here.excluded, here.body
        outside = {part.name for part in (*excluded, *t.free_indices(body)) if isinstance(part, t.Index) and part is not index}
        if index.name in outside or _declared(index.name, theory):
            # i != i would be two indices of one name, and a declared name is none: the bound one gets another.
            taken = {*t.free_indices(body), *bound_indices(body), *t.free_indices(here), index}
            other = fresh(index, frozenset(taken))
            while _declared(other.name, theory):
                taken.add(other)
                other = fresh(index, frozenset(taken))
            body = t.substitute(body, {index: other})
            index = other
        if index.name in names:
            break
        if any(index.name in clause.split(" != ")[1:] for clause in clauses):
            break  # what is excluded above is another index of this name, which must stay outside
        names.add(index.name)
        if not _told(index, body, theory):
            clauses.append(f"{index.name}: {_write(index.range, _ATOM, theory)}")
        elif not excluded:
            clauses.append(index.name)
        clauses += [f"{index.name} != {_write(part, _ATOM, theory)}" for part in excluded]
        here = body
    return f"{'sum' if kind is t.Sum else 'prod'}({', '.join([_write(here, _SUM, theory), *clauses])})"


def _declared(name: str, theory: Theory | None) -> bool:
    """Whether a declaration has given the name to something, so that no index is written with it."""
    if theory is None:
        return False
    declared = theory.sizes, theory.unknowns, theory.definitions, theory.functions, theory.indices
    return any(name in names for names in declared)


def _told(index: t.Index, body: t.Term, theory: Theory | None) -> bool:
    """Whether an array in the body tells the range of the index."""
    if theory is None:
        return False
    match body:
        case t.Entry(name, indices):
            return bool(indices) and index in indices and theory_ranges(theory, name)
        case t.Sum(inner, _, inside) | t.Prod(inner, _, inside):
            return inner.name != index.name and _told(index, inside, theory)
        case t.Call(_, parts) | t.Apply(_, parts) | t.Add(parts) | t.Mul(parts):
            return any(_told(index, part, theory) for part in parts)
        case t.Neg(inside):
            return _told(index, inside, theory)
        case t.Div(a, b) | t.Pow(a, b) | t.Diff(a, b):
            return _told(index, a, theory) or _told(index, b, theory)
        case t.If(condition, then, otherwise):
            return any(_told(index, part, theory) for part in (condition.left, condition.right, then, otherwise))
    return False


def theory_ranges(theory: Theory, name: str) -> bool:
    """Whether the declarations tell the ranges of an array of this name."""
    return name in theory.unknowns or name in theory.definitions


def _number(value: Fraction) -> tuple[str, int]:
    """The text of a number, and how tightly it holds together."""
    if value < 0:
        text, own = _number(-value)
        return f"-{text}", min(own, _FACTOR)
    decimal = _decimal(value)
    if decimal is not None:
        return decimal, _ATOM
    return f"{value.numerator}/{value.denominator}", _TERM


def _decimal(value: Fraction) -> str | None:
    """The decimal text of a number not below 0, where it ends after a few digits."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest //= 2
        twos += 1
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    if rest != 1:
        return None
    places = max(twos, fives)
    digits = str(value.numerator * 2 ** (places - twos) * 5 ** (places - fives))
    if places == 0:
        short = digits.rstrip("0")
        zeros = len(digits) - len(short)
        return f"{short}e{zeros}" if short and zeros > 12 else digits
    if len(digits) > 15 and places != 1:
        return None
    if places - len(digits) >= 3:
        mantissa = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
        return f"{mantissa}e-{places - len(digits) + 1}"
    digits = digits.rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


# --- declarations ---------------------------------------------------------------------------------------------------


def write_declaration(name: str, theory: Theory) -> str:
    """The statement that declares `name`, without its description."""
    keyword, said = _declaration(name, theory)
    return f"{keyword} {said}"


def _declaration(name: str, theory: Theory) -> tuple[str, str]:
    if name in theory.sizes:
        least = theory.sizes[name]
        return "size", f"{name} >= {least}" if least > 1 else name
    if name in theory.indices:
        return "index", f"{name}: {write_term(theory.indices[name].range)}"
    if name in theory.unknowns:
        unknown = theory.unknowns[name]
        return ("variable" if unknown.variable else "constant"), _unknown(unknown)
    if name in theory.functions:
        function = theory.functions[name]
        if not function.of:
            return "function", f"{name}({', '.join(_argument_names(function.arity, _names(theory)))})"
        arrays = [f"{array}[{_ranges(theory.ranges(array))}]" if theory.ranges(array) else array for array in function.of]
        return "function", f"{name}({', '.join(arrays)})"
    definition = theory.definitions[name]
    head = name
    if definition.arguments:
        head = f"{name}({', '.join(map(shown_name, definition.arguments))})"
    elif definition.parameters:
        parameters = [
            index.name if _told(index, definition.body, theory) else f"{index.name}: {write_term(index.range)}"
            for index in definition.parameters
        ]
        head = f"{name}[{', '.join(parameters)}]"
    return "define", f"{head} = {write_term(definition.body, theory)}"


def _unknown(unknown: Unknown) -> str:
    array = f"{unknown.name}[{_ranges(unknown.ranges)}]" if unknown.ranges else unknown.name
    return f"{array} {unknown.relation} 0" if unknown.relation else array


def _ranges(ranges: Iterable[t.Term]) -> str:
    return ", ".join(write_term(extent) for extent in ranges)


def _argument_names(arity: int, taken: set[str]) -> list[str]:
    """Names for the arguments of a function, which it does not keep."""
    letters = [letter for letter in "uvwt" if letter not in taken]
    numbered = (name for name in (f"u{n}" for n in count(1)) if name not in taken)
    return [*letters, *islice(numbered, max(0, arity - len(letters)))][:arity]


def _order(theory: Theory) -> Iterator[str]:
    """The declared names, each after those that its declaration mentions."""
    declared = _names(theory)
    if declared <= set(theory.descriptions):
        yield from (name for name in theory.descriptions if name in declared)
        return
    # Made without a text: a function of a defined array comes directly after it.
    yield from (*theory.sizes, *theory.indices, *theory.unknowns)
    waiting = dict(theory.functions)
    done = set(theory.unknowns)
    for name in (None, *theory.definitions):
        if name is not None:
            yield name
            done.add(name)
        for function in [each for each, row in waiting.items() if done.issuperset(row.of)]:
            del waiting[function]
            yield function


def _described(name: str, theory: Theory) -> str:
    if name in theory.descriptions:
        return theory.descriptions[name]
    row = theory.unknowns.get(name) or theory.functions.get(name) or theory.definitions.get(name)
    return row.description if row else ""


def _names(theory: Theory) -> set[str]:
    """All declared names."""
    return {*theory.sizes, *theory.indices, *theory.unknowns, *theory.functions, *theory.definitions}


def _mentioned(claim: t.Comparison, theory: Theory) -> set[str]:
    """The declared names that an assumption mentions."""
    fixed = {index.name for index in t.free_indices(claim) if theory.indices.get(index.name) is index}
    return {*t.entry_names(claim), *t.size_names(claim), *fixed}


# --- derivations ----------------------------------------------------------------------------------------------------

_WIDTH = 9  # of a keyword with the space behind it
_COLUMN = 100  # beyond it a reason or a description is not aligned with the others


def write(derivation: Derivation) -> str:
    """The text of a derivation, in the canonical layout; comments are not part of a derivation."""
    blocks = [_heads(derivation)]
    written = Theory()
    options = dict(derivation.options)

    def declare(theory: Theory) -> None:
        nonlocal written
        lines = _declarations(written, theory)
        for option in [each for each, size in options.items() if size in theory.sizes]:
            lines.append(f"{'option':{_WIDTH}}{option} = {options.pop(option)}")
        if lines:
            blocks.append(lines)
            written = theory

    for statement in derivation.statements:
        declare(statement.theory)
        theorem = _statement(statement)
        # Claims without a proof stand together.
        if statement.proof is None and _bare(blocks[-1]):
            blocks[-1] += theorem
        else:
            blocks.append(theorem)
    declare(derivation.theory)
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _bare(block: list[str]) -> bool:
    return bool(block) and all(line.startswith("theorem ") for line in block)


def _heads(derivation: Derivation) -> list[str]:
    lines = [("title", _quoted(derivation.title))] if derivation.title else []
    lines += [("source", _quoted(derivation.source))] if derivation.source else []
    lines += [("note", _quoted(note)) for note in derivation.notes]
    lines += [("use", _quoted(name)) for name in derivation.uses]
    lines += [("variant", f"{name} = {', '.join(map(_quoted, of))}") for name, of in derivation.variants.items()]
    return [f"{keyword:{_WIDTH}}{said}" for keyword, said in lines]


def _quoted(text: str) -> str:
    """The text as a string: a double quote or a line break has no place in one."""
    return '"' + " ".join(text.replace('"', "”").splitlines()) + '"'


def _declarations(written: Theory, theory: Theory) -> list[str]:
    """The lines that declare what `theory` has and `written` has not."""
    if theory is written:
        return []
    known = _names(written)
    rows: list[tuple[str, str]] = []
    pending = list(theory.assumptions[len(written.assumptions) :])
    for name in (None, *_order(theory)):
        if name in known:
            continue
        if name is not None:
            keyword, said = _declaration(name, theory)
            rows.append((f"{keyword:{_WIDTH}}{said}", _described(name, theory)))
            known.add(name)
        # An assumption stands as soon as what it mentions is declared.
        while pending and _mentioned(pending[0].claim, theory) <= known:
            assumption = pending.pop(0)
            rows.append((f"{'assume':{_WIDTH}}{write_term(assumption.claim, theory)}", assumption.description))
    widths = [len(row) for row, description in rows if description and len(row) <= _COLUMN]
    column = max(widths, default=0) + 1
    return [f"{row:{column}}{' ' * (len(row) >= column)}{_quoted(said)}" if said else row for row, said in rows]


def _statement(statement: Statement) -> list[str]:
    theory = statement.theory
    sides = " = ".join(write_term(side, theory) for side in statement.sides)
    head = f"theorem {statement.name}"
    conditions = [*_untold(statement), *(write_term(condition, theory) for condition in statement.conditions)]
    if conditions:
        head += f" for {', '.join(conditions)}"
    if statement.hypotheses:
        head += f" given {', '.join(write_term(each, theory) for each in statement.hypotheses)}"
    lines = [f"{head}: {sides}" + (f" expect {statement.expect}" if statement.expect else "")]
    if statement.proof is not None:
        lines.append("proof")
        for chain in statement.proof:
            lines += _chain(chain, theory)
        lines.append("qed")
    return lines


def _terms(statement: Statement) -> Iterator[t.Term]:
    yield from (*statement.conditions, *statement.hypotheses, *statement.sides)
    for chain in statement.proof or ():
        yield from (*chain.conditions, chain.start)
        yield from (step.right for step in chain.steps if step.right is not None)


def _untold(statement: Statement) -> list[str]:
    """The ranges of the free indices that stand in no array of the statement."""
    theory = statement.theory
    terms = list(_terms(statement))
    free = frozenset[t.Index]().union(*map(t.free_indices, terms)) - set(theory.indices.values())
    return [
        f"{index.name}: {write_term(index.range)}"
        for index in sorted(free, key=lambda each: each.name)
        if not any(_told(index, _sided(term), theory) for term in terms)
    ]


def _sided(term: t.Term) -> t.Term:
    return t.Add((term.left, term.right)) if isinstance(term, t.Comparison) else term


def _chain(chain: Chain, theory: Theory) -> list[str]:
    lines: list[str] = []
    indent = 2
    if chain.conditions:
        lines.append(f"  case {', '.join(write_term(condition, theory) for condition in chain.conditions)}:")
        indent = 4
    lines.append(" " * indent + write_term(chain.start, theory))
    rights = [
        f"{' ' * (indent + 2)}= " + ("?" if step.right is None else write_term(step.right, theory)) for step in chain.steps
    ]
    column = max((len(right) for right in rights if len(right) <= _COLUMN), default=0) + 1
    for right, step in zip(rights, chain.steps, strict=True):
        end = _end(step)
        lines.append(f"{right:{column}}{' ' * (len(right) >= column)}{end}" if end else right)
    return lines


def _end(step: Step) -> str:
    words = [f"by {', '.join(map(write_reason, step.reasons))}"] if step.reasons else []
    words += [f"expect {step.expect}"] if step.expect else []
    return " ".join(words)


def write_reason(reason: Reason) -> str:
    """The text of a reason."""
    if reason.name is None:
        return _quoted(reason.text or "")
    return f"{reason.name}({', '.join(reason.arguments)})" if reason.arguments else reason.name
