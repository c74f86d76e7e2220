"""Faults: small wrong changes of the trusted floor, made from its syntax trees.

    kernel.transitivity:drops-operand:1        first.conditions | second.conditions   becomes   first.conditions
    definedness._own:changes-relation:1        '!='                                   becomes   '>='
    terms.Binder.__new__:drops-raise:2         raise ValueError(…)                    becomes   pass

A fault is called by the function in which it stands, by what it does, and by its place among the faults of that kind in the
function, and never by a line: code can be moved and its neighbours changed without another name for it. What stands outside of
functions is called by the name that is assigned, and by the row of the table: functions.TABLE[exp].

Each kind of fault is a function from a node to what may stand in its place: see `KINDS`. Left alone is what cannot make a proof
wrong: annotations, docstrings and messages, `repr`, asserts (which are for the type checker), the numbers that bound the work
(a constant in capitals), and the look-up of what is remembered.
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType

PACKAGE = Path(__file__).parent.parent / "derive"
TRUSTED = ("floor",)
"""The folders of the package in which faults are made."""

Path_ = tuple[tuple[str, int | None], ...]
"""From the module to a node: fields, and positions in them."""

ALIKE = {"alpha_equal", "apart", "both", "differ", "either", "gap", "plus", "times", "_joined", "_plus", "_product", "_times"}
"""Functions of two things in any order: to exchange these is no fault."""
WEAKER = {">": (">=",), ">=": (">",), "<": ("<=",), "<=": ("<",), "!=": (">=", "="), "=": ("!=",)}
"""For a relation as the terms write it, those that the fault writes."""
NEIGHBOUR: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPPOSITE: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult,
}  # fmt: skip
SETS = {"conditions", "definitions", "uses", "guards", "bound", "needs", "sizes"}
"""What is called so is a set, and forgotten where it is handed on."""
UNSAID = {"__repr__", "__reduce__"}


@dataclass(frozen=True)
class Fault:
    """A node of a module, and what stands in its place."""

    name: str
    file: Path
    path: Path_
    replacement: ast.AST = field(compare=False, repr=False)
    change: str
    line: int

    @property
    def function(self) -> str | None:
        """The outermost function or method in which it stands, as Python calls it; None outside of functions."""
        names = []
        for length in range(len(self.path) + 1):
            match node_at(_tree(self.file), self.path[:length]):
                case ast.FunctionDef(name=name):
                    return ".".join((*names, name))
                case ast.ClassDef(name=name):
                    names.append(name)
        return None

    def code(self) -> CodeType:
        """The module with the fault, compiled."""
        tree = deepcopy(_tree(self.file))
        parent, (name, position) = node_at(tree, self.path[:-1]), self.path[-1]
        if position is None:
            setattr(parent, name, self.replacement)
        else:
            getattr(parent, name)[position] = self.replacement
        return compile(ast.fix_missing_locations(tree), str(self.file), "exec")


def short(file: Path) -> str:
    """What a file is called in names of faults: kernel, normal.choices."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts[1:] if part != "__init__") or parts[0]


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def module(file: Path) -> str:
    """The dotted name of a module of the package."""
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def noted(file: Path, note: str) -> CodeType:
    """A module in which every function, once it is called, tells the function `note` of its file and outermost name."""
    tree = deepcopy(_tree(file))

    def telling(called: str) -> ast.expr:
        return ast.Call(ast.Name(note, ast.Load()), [ast.Constant(str(file)), ast.Constant(called)], [])

    def tell(node: ast.AST, names: tuple[str, ...], outermost: str) -> None:
        for part in ast.iter_child_nodes(node):
            match part:
                case ast.ClassDef(name=name):
                    tell(part, (*names, name), outermost)
                case ast.FunctionDef(name=name, body=body):
                    called = outermost or ".".join((*names, name))
                    tell(part, names, called)
                    body.insert(1 if ast.get_docstring(part, clean=False) is not None else 0, ast.Expr(telling(called)))
                case ast.Lambda():
                    tell(part, names, outermost)
                    both = ast.Tuple([telling(outermost or "lambda"), part.body], ast.Load())
                    part.body = ast.Subscript(both, ast.Constant(1), ast.Load())
                case _:
                    tell(part, names, outermost)

    tell(tree, (), "")
    return compile(ast.fix_missing_locations(tree), str(file), "exec")


def node_at(tree: ast.AST, path: Path_) -> ast.AST:
    """The node at the end of a path."""
    for name, position in path:
        tree = getattr(tree, name) if position is None else getattr(tree, name)[position]
    return tree


def files() -> list[Path]:
    """The trusted files."""
    return sorted(file for folder in TRUSTED for file in (PACKAGE / folder).rglob("*.py"))


def every() -> list[Fault]:
    """All faults of the trusted folders."""
    return [fault for file in files() for fault in faults_of(file, _tree(file))]


def chosen(faults: list[Fault], seed: int, count: int) -> list[Fault]:
    """`count` of the faults by chance; which of two is taken first does not depend on what others there are."""
    return sorted(faults, key=lambda fault: hashlib.sha256(f"{seed} {fault.name}".encode()).digest())[:count]


def faults_of(file: Path, tree: ast.Module) -> Iterator[Fault]:
    """The faults of one file."""
    count: Counter[str] = Counter()
    for node, path, place in nodes(tree, (), ()):
        around = node_at(tree, path[:-1]) if path else tree
        for kind, make in KINDS.items():
            for replacement in make(node, around):
                title = f"{'.'.join((short(file), *place))}:{kind}".replace(".[", "[")
                count[title] += 1
                ast.fix_missing_locations(ast.copy_location(replacement, node))
                change = f"{written(node)}  becomes  {written(replacement)}"
                yield Fault(f"{title}:{count[title]}", file, path, replacement, change, node.lineno)


def written(node: ast.AST) -> str:
    """A node in one line."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 100 else text[:70] + " … " + text[-27:]


# --- where faults may stand ------------------------------------------------------------------------------------------


def nodes(node: ast.AST, path: Path_, place: tuple[str, ...]) -> Iterator[tuple[ast.AST, Path_, tuple[str, ...]]]:
    """The nodes that can be wrong, with their paths and the names around them."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "exc", "type_params"):
            continue
        several = isinstance(value, list)
        for position, part in enumerate(value if several else [value]):
            if not isinstance(part, ast.AST) or _is_harmless(part, node):
                continue
            here = (*path, (name, position if several else None))
            inside = (*place, *_names(part, place, isinstance(node, ast.Module | ast.ClassDef)))
            if hasattr(part, "lineno"):
                yield part, here, inside
            if several and position and _looks_up(value[position - 1], part):
                for step, statement in enumerate(part.body):
                    below = (*here, ("body", step))
                    yield statement, below, inside
                    yield from nodes(statement, below, inside)
            else:
                yield from nodes(part, here, inside)


def _is_harmless(node: ast.AST, around: ast.AST) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.JoinedStr():
            return True
        case ast.FunctionDef(name=name):
            return name in UNSAID
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if isinstance(around, ast.Module):
            return name in ("__all__", "__slots__") or (name.isupper() and _is_numbers(value))
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name == "__slots__"
        case ast.AnnAssign(value=None):
            return True
        case ast.keyword(arg=name):
            return name in ("key", "strict", "repr", "compare")
    return False


def _is_numbers(value: ast.AST) -> bool:
    """A number, or a table of numbers, such as the order in which something is written."""
    return isinstance(value, ast.Constant) or (
        isinstance(value, ast.Dict) and all(isinstance(each, ast.Constant) for each in (*value.keys, *value.values))
        and all(isinstance(getattr(each, "value", None), int) for each in value.values)
    )  # fmt: skip


def _names(node: ast.AST, place: tuple[str, ...], outside: bool) -> tuple[str, ...]:
    """What a node adds to the name of the place: a function or class, a name of the module, a row of its table."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if outside:
            return (name,)
        case ast.Call(args=[ast.Constant(value=str(row)), *_]) if len(place) == 1 and place[0].strip("_").isupper():
            return (f"[{row}]",)
        case ast.Call(keywords=[ast.keyword(arg="name", value=ast.Constant(value=row)), *_]) if len(place) == 1:
            return (f"[{row}]",)
    return ()


def _looks_up(before: ast.stmt, node: ast.AST) -> bool:
    """Whether a statement is the test for what is remembered: `found = table.get(key)` and `if found is None:`."""
    match before, node:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr="get"))),
            ast.If(test=ast.Compare(left=ast.Name(id=tested), ops=[ast.Is()]), orelse=[]),
        ):
            return name == tested
    return False


# --- the kinds of faults ---------------------------------------------------------------------------------------------


def _drops_operand(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """a | b  ->  a, b;   a & b  ->  a;   NONE.union(*…)  ->  NONE;   conditions |= …  ->  nothing"""
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from (left, right)
        case ast.BinOp(left=left, op=ast.BitAnd()):
            yield left
        case ast.Call(func=ast.Attribute(value=value, attr="union")):
            yield value
        case ast.AugAssign():
            yield ast.Pass()
        case ast.MatchOr(patterns=patterns):
            for left_out in range(len(patterns)):
                rest = patterns[:left_out] + patterns[left_out + 1 :]
                yield ast.MatchOr(rest) if len(rest) > 1 else rest[0]


def _drops_clause(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """a and b  ->  a, b;   a or b  ->  a, b;   not a  ->  a"""
    match node:
        case ast.BoolOp(values=[_, ast.Constant()]):
            return  # a value for none
        case ast.BoolOp(op=op, values=values):
            for left_out in range(len(values)):
                rest = values[:left_out] + values[left_out + 1 :]
                yield ast.BoolOp(op, rest) if len(rest) > 1 else rest[0]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand


def _changes_comparison(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """a < b  ->  a <= b;   a is not b  ->  a is b;   a == b  ->  a != b;   all(…)  ->  any(…)"""
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others):
            for position, op in enumerate(ops):
                changed = [*ops[:position], NEIGHBOUR[type(op)](), *ops[position + 1 :]]
                yield ast.Compare(left, changed, others)
        case ast.Call(func=ast.Name(id="all" | "any" | "min" | "max" as name)):
            other = {"all": "any", "any": "all", "min": "max", "max": "min"}[name]
            yield ast.Call(ast.Name(other, ast.Load()), node.args, node.keywords)


def _ignores_guard(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """if a: return None  ->  if False: …;   case A() if a:  ->  case A():;   (x for x in y if a)  ->  (x for x in y)"""
    match node:
        case ast.If(body=[*_, ast.Return(value=value)], orelse=orelse) if _is_refusal(value):
            yield ast.If(ast.Constant(False), node.body, orelse)
        case ast.If(body=[*_, ast.Continue() | ast.Break()], orelse=orelse):
            yield ast.If(ast.Constant(False), node.body, orelse)
        case ast.GeneratorExp() | ast.ListComp() | ast.SetComp() | ast.DictComp():
            for number, loop in enumerate(node.generators):
                for left_out in range(len(loop.ifs)):
                    changed = deepcopy(node)
                    del changed.generators[number].ifs[left_out]
                    yield changed
        case ast.Match(subject=subject, cases=cases):
            for number, case in enumerate(cases):
                if case.guard is not None:
                    open_ = ast.match_case(case.pattern, None, case.body)
                    yield ast.Match(subject, [*cases[:number], open_, *cases[number + 1 :]])


def _is_refusal(value: ast.expr | None) -> bool:
    match value:
        case None | ast.Constant(value=None | False) | ast.Name(id="UNKNOWN"):
            return True
    return False


def _drops_raise(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """raise …  ->  nothing"""
    if isinstance(node, ast.Raise):
        yield ast.Pass()


def _drops_statement(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """_check(a)  ->  nothing"""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()


def _swaps_arguments(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """f(a, b)  ->  f(b, a), where both are of one kind"""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in exchangeable():
            first, second = exchangeable()[name]
            if second < len(args) and not any(isinstance(argument, ast.Starred) for argument in args[: second + 1]):
                changed = list(args)
                changed[first], changed[second] = args[second], args[first]
                if ast.dump(args[first]) != ast.dump(args[second]):
                    yield ast.Call(node.func, changed, node.keywords)


def _forgets_conditions(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """return …, conditions  ->  return …, frozenset();   f(a.conditions)  ->  f(frozenset());   Sign(r, uses)  ->  Sign(r)"""
    empty = ast.Call(ast.Name("frozenset", ast.Load()), [], [])
    match node:
        case ast.Call(func=ast.Name(id="Sign"), args=[relation, _]):
            yield ast.Call(node.func, [relation], [])
        case ast.Call(func=function, args=args):
            for position, argument in enumerate(args):
                match argument:
                    case ast.Name(id=name) | ast.Attribute(attr=name) if name in SETS:
                        yield ast.Call(function, [*args[:position], deepcopy(empty), *args[position + 1 :]], node.keywords)
        case ast.Return(value=ast.Tuple(elts=[first, ast.Name(id=name) | ast.Attribute(attr=name)])) if name in SETS:
            yield ast.Return(ast.Tuple([first, empty], ast.Load()))
        case ast.FunctionDef(returns=ast.Name(id="Conditions")):
            yield _with_body(node, empty)


def _changes_relation(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """">"  ->  ">=";   "!="  ->  ">=" """
    match node:
        case ast.Constant(value=str(text)) if text in WEAKER and not isinstance(around, ast.MatchValue):
            for other in WEAKER[text]:
                yield ast.Constant(other)


def _changes_constant(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """1  ->  2;   True  ->  False"""
    match node:
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)) if not isinstance(around, ast.MatchValue):
            yield ast.Constant(value + 1)


def _changes_arithmetic(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """a + b  ->  a - b;   -a  ->  a;   neg(a)  ->  a"""
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPPOSITE:
            yield ast.BinOp(left, OPPOSITE[type(op)](), right)
        case ast.UnaryOp(op=ast.USub(), operand=operand) if not isinstance(operand, ast.Constant) or operand.value == 1:
            yield operand


def _skips_call(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """f(a, …)  ->  a, where f takes and returns one kind of thing"""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]) if name in changers():
            if not isinstance(first, ast.Starred):
                yield first


def _returns_argument(node: ast.AST, around: ast.AST) -> Iterator[ast.AST]:
    """def f(a: Term) -> Term: …  ->  return a"""
    if isinstance(node, ast.FunctionDef) and _first_if_returned(node):
        yield _with_body(node, ast.Name(_first_if_returned(node), ast.Load()))


KINDS: dict[str, Callable[[ast.AST, ast.AST], Iterator[ast.AST]]] = {
    function.__name__.strip("_").replace("_", "-"): function
    for function in (
        _drops_operand,
        _drops_clause,
        _changes_comparison,
        _ignores_guard,
        _drops_raise,
        _drops_statement,
        _swaps_arguments,
        _forgets_conditions,
        _changes_relation,
        _changes_constant,
        _changes_arithmetic,
        _skips_call,
        _returns_argument,
    )
}
"""The kinds of faults by their names."""


def _with_body(node: ast.FunctionDef, value: ast.expr) -> ast.FunctionDef:
    return ast.FunctionDef(
        node.name, node.args, [ast.Return(value)], node.decorator_list, node.returns, node.type_comment, **_later(node)
    )


def _later(node: ast.FunctionDef) -> dict[str, list[ast.AST]]:
    """The fields of a function that Python 3.11 does not know."""
    return {"type_params": node.type_params} if hasattr(node, "type_params") else {}


def _first_if_returned(node: ast.FunctionDef) -> str:
    """The first argument of a function that returns the kind of thing that this is; "" for any other function."""
    arguments = [argument for argument in node.args.args if argument.arg not in ("self", "cls")]
    if not arguments or node.returns is None or arguments[0].annotation is None:
        return ""
    taken = ast.unparse(arguments[0].annotation)
    alike = taken == ast.unparse(node.returns) or (taken, ast.unparse(node.returns)) == ("Iterable[Condition]", "Conditions")
    return arguments[0].arg if alike and taken not in ("object", "Any", "str", "bool", "int") else ""


@cache
def changers() -> frozenset[str]:
    """The functions of the trusted folders that take and return one kind of thing, and the constructor of a negative."""
    found = (node for file in files() for node in ast.walk(_tree(file)) if isinstance(node, ast.FunctionDef))
    return frozenset({node.name for node in found if _first_if_returned(node)} | {"Neg"})


@cache
def exchangeable() -> dict[str, tuple[int, int]]:
    """The functions and classes of the trusted folders that take two things of one kind, and where the first two stand."""
    found = {}
    for node in (node for file in files() for node in ast.walk(_tree(file))):
        match node:
            case ast.FunctionDef(name=name):
                kinds = [a.annotation for a in node.args.args if a.arg not in ("self", "cls")]
            case ast.ClassDef(name=name):
                kinds = [part.annotation for part in node.body if isinstance(part, ast.AnnAssign)]
            case _:
                continue
        written_ = [kind and ast.unparse(kind) for kind in kinds]
        pairs = [(i, j) for j in range(len(written_)) for i in range(j) if written_[i] and written_[i] == written_[j]]
        if pairs and name not in ALIKE:
            found[name] = pairs[0]
    return found
