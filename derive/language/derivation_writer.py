"""Derivations to text, in the layout of this language: what is written reads back as the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, islice

from derive.floor import terms as t
from derive.floor.theory import Assumption, Theory, Unknown
from derive.held import without_held
from derive.language.derivation import GAP, Chain, Derivation, Reason, Statement, Step
from derive.language.names import shown_name
from derive.language.writer import is_told, write_term


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
            index.name if is_told(index, definition.body, theory) else f"{index.name}: {write_term(index.range)}"
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
    known, assumed = set[str](), set[tuple[int, t.Term]]()
    options = dict(derivation.options)

    def declare(theory: Theory) -> None:
        lines = _declarations(known, assumed, theory)
        for option in [each for each, size in options.items() if size in theory.sizes]:
            lines.append(f"{'option':{_WIDTH}}{option} = {options.pop(option)}")
        if lines:
            blocks.append(lines)

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


def _declarations(known: set[str], assumed: set[tuple[int, t.Term]], theory: Theory) -> list[str]:
    """The lines that declare what `theory` has besides the names that are known, and what was assumed: now it is."""
    theory = without_held(theory)
    if _names(theory) <= known and all((each.number, each.claim) in assumed for each in theory.assumptions):
        return []
    rows: list[tuple[str, str]] = []
    pending = [each for each in theory.assumptions if (each.number, each.claim) not in assumed]
    assumed.update((each.number, each.claim) for each in pending)
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
            claim = f"{write_everywhere(assumption)}{write_term(assumption.claim, theory)}"
            rows.append((f"{'assume':{_WIDTH}}{claim}", assumption.description))
    widths = [len(row) for row, description in rows if description and len(row) <= _COLUMN]
    column = max(widths, default=0) + 1
    return [f"{row:{column}}{' ' * (len(row) >= column)}{_quoted(said)}" if said else row for row, said in rows]


def write_everywhere(assumption: Assumption) -> str:
    """What stands before an assumption about all values of variables: `for all x: `."""
    return f"for all {', '.join(sorted(assumption.everywhere))}: " if assumption.everywhere else ""


def write_claim(statement: Statement) -> str:
    """The sides of a theorem as text: A = B, or A = ? where the right one is asked for."""
    sides = [write_term(side, statement.theory) for side in statement.sides]
    return " = ".join([*sides, GAP] if statement.is_open else sides)


def _statement(statement: Statement) -> list[str]:
    theory = statement.theory
    head = f"theorem {statement.name}"
    conditions = [*_untold(statement), *(write_term(condition, theory) for condition in statement.conditions)]
    if conditions:
        head += f" for {', '.join(conditions)}"
    if statement.hypotheses:
        head += f" given {', '.join(write_term(each, theory) for each in statement.hypotheses)}"
    lines = [f"{head}: {write_claim(statement)}" + (f" expect {statement.expect}" if statement.expect else "")]
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
        if not any(is_told(index, term, theory) for term in terms)
    ]


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
        return GAP if reason.is_gap else _quoted(reason.text or "")
    return f"{reason.name}({', '.join(reason.arguments)})" if reason.arguments else reason.name
