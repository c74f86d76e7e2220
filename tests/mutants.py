"""Deliberate faults in the trusted floor, each of which the tests must catch.

    python tests/mutants.py            all of them; exit 1 if one survives, 2 if the tests fail without any fault
    python tests/mutants.py capture    those whose name contains the word

A fault is a row: its name, the file, the old text, which must stand there exactly once, the new text, and the tests that must fail. It is put
into a copy of the package in a temporary folder, and these tests are run against the copy.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
LIMIT = 120  # seconds for the tests of one fault


@dataclass(frozen=True)
class Fault:
    """A wrong line, and the names of the test files that must notice it."""

    name: str
    file: str
    old: str
    new: str
    tests: str = "kernel"


FAULTS = (
    # --- terms
    Fault("substitution captures", "terms.py", "if any(other.name == index.name for other in arriving):", "if False:", "terms"),
    Fault(
        "substitution replaces bound occurrences", "terms.py",
        "if key != term.index and (isinstance(key, Size) or _occurs(key, term.body))", "if True", "terms",
    ),
    Fault(
        "alpha-equality ignores ranges", "terms.py",
        'index = Index(f"&{depth}", term.index.range)', 'index = Index(f"&{depth}", ZERO)', "terms",
    ),
    Fault("alpha-equality ignores exclusions", "terms.py", "return type(term)(index, tuple(sorted(excluded, key=repr)), body)",
          "return type(term)(index, (), body)", "terms"),
    Fault("bound names all alike", "terms.py", "body = _canonical(term.body, {**names, term.index: index}, depth + 1)",
          "body = _canonical(term.body, {**names, term.index: index}, depth)", "terms"),
    Fault("a derivative by a number", "terms.py", "if not isinstance(by, Entry):", "if False:", "terms"),
    # --- conditions
    Fault("a guard captures", "conditions.py", "apart = (_apart_from(c, free_indices(guard)) for c in conditions if c.claim is not guard or c.bound)",
          "apart = (c for c in conditions if c.claim is not guard or c.bound)"),
    Fault("an exclusion captures", "conditions.py", "            condition = _apart_from(condition, outside)\n", ""),
    Fault("a guard drops a condition for all", "conditions.py", "if c.claim is not guard or c.bound)", "if c.claim is not guard)"),
    Fault("conditions under a binder stay free", "conditions.py", "condition.bound | {index}, guards)", "condition.bound, guards)"),
    Fault("conditions are not opened", "conditions.py", 'if c.claim.relation == ">=" else c', "if False else c"),
    Fault("substitution into a condition forgets its guards", "conditions.py",
          "return Condition(_comparison(claim), frozenset(bound), frozenset(map(_comparison, guards)))",
          "return Condition(_comparison(claim), frozenset(bound), condition.guards)", "kernel cases soundness"),
    # --- definedness
    Fault("a divisor may be 0", "definedness.py", 'found |= require(denominator, "!=")', "pass", "kernel cases"),
    Fault("a domain is forgotten", "definedness.py", "found |= require(difference(claim), claim.relation)\n    return found\n\n\ndef smooth",
          "pass\n    return found\n\n\ndef smooth", "kernel cases"),
    Fault("kinks are smooth", "definedness.py", "for claim in functions.TABLE[function].smooth(arguments):", "for claim in ():", "cases"),
    Fault("a negative power of 0", "definedness.py", "            elif exponent < 0:\n                found |= require(base, \"!=\")\n", "", "cases normal"),
    # --- dependence
    Fault("apart leaks under a binder of the same name", "dependence.py", "if opened.index in (left, right):", "if False:", "cases soundness"),
    Fault("independence ignores definitions", "dependence.py", "if name in signature.definitions:", "if False:", "kernel cases"),
    Fault("a binder is not opened", "dependence.py", "clash = any(i.name == term.index.name for i in avoid)", "clash = False", "cases"),
    Fault("entries are always apart", "dependence.py", "        elif apart(i, k):", "        elif i is not k:", "cases"),
    # --- signs
    Fault("x*x*x is at least 0", "signs.py", "if exponent.numerator % 2 == 0:", "if exponent != 1:", "signs"),
    Fault("an even power is positive", "signs.py",
          'if exponent.numerator % 2 == 0:\n        return Sign(">", base.uses) if base.relation in (">", "<", "!=") or exponent < 0 else Sign(">=")',
          'if exponent.numerator % 2 == 0:\n        return Sign(">", base.uses)', "signs"),
    Fault("an empty sum is positive", "signs.py", "return count > len(excluded)", "return True", "signs cases"),
    Fault("a sum of positives and negatives is positive", "signs.py", "if pair <= {strict, weak}:", "if strict in pair:", "signs"),
    Fault("the product of two negatives is negative", "signs.py",
          'negative = sum(r in ("<", "<=") for r in pair) == 1', 'negative = sum(r in ("<", "<=") for r in pair) >= 1', "signs"),
    Fault("a hypothesis about k is one about every k", "signs.py",
          "found = self.sign(substitute(term.body, {term.index: here}))", "found = self.sign(term.body)", "kernel signs"),
    Fault("an assumption about a fixed index is one about all", "signs.py",
          "universal = free_indices(pattern) - set(self.signature.indices.values())", "universal = free_indices(pattern)", "signs cases"),
    Fault("apart from everything", "signs.py", "            return left is not right\n        return any(", "            return left is not right\n        return True or any(", "signs"),
    # --- the normal form
    Fault("a delta ignores the range of a sum", "normal.py", "if not isinstance(extent, Size) or not 1 <= value.value <= self.knowledge.least(extent):", "if not isinstance(extent, Size):",
          "normal cases"),
    Fault("a delta ignores that ranges differ", "normal.py", "return value.range is index.range", "return True", "normal soundness"),
    Fault("a sum is split without checking the index", "normal.py",
          "if excluded and not self._removable(index, excluded, body):", "if False:", "normal cases"),
    Fault("an exclusion is dropped", "normal.py", "            whole = whole - term\n", "            pass\n", "normal"),
    Fault("an index left out twice is subtracted twice", "normal.py",
          "term = self.times(term, POLY_ONE - self.delta(e, earlier))", "pass", "normal"),
    Fault("the excluded term is not asked to be defined", "normal.py",
          "if index in generator.indices and (exponent < 0 or generator.kind not in (\"entry\", \"delta\")):", "if False:", "cases normal soundness"),
    Fault("ln(a*b) without signs", "normal.py", "case Mul(factors) if all(self._is_positive(f) for f in factors):\n                return self._total(self._ln(factor) for factor in factors)",
          "case Mul(factors):\n                return self._total(self._ln(factor) for factor in factors)", "normal cases"),
    Fault("sqrt(x^2) = x", "normal.py", "return monomial_of((g, e) for g, e in kept if not positive or self._positive(g))",
          "return monomial_of((g, e) for g, e in kept)", "normal"),
    Fault("signs that were used are not listed", "normal.py",
          "        found = self._generator_sign(generator)\n        if found.relation == \">\":\n            self.conditions |= found.uses\n",
          "        found = self._generator_sign(generator)\n        if found.relation == \">\":\n", "kernel normal"),
    Fault("relations of indices that were used are not listed", "normal.py",
          "        if self.knowledge.apart(left, right):\n            self.conditions.add(Condition(Comparison(left, \"!=\", right)))\n",
          "        if self.knowledge.apart(left, right):\n", "normal cases"),
    Fault("sin^2 + cos^2 = -1", "normal.py", "return self.times(rest, POLY_ONE - self.times(cosine, cosine))",
          "return self.times(rest, POLY_ONE + self.times(cosine, cosine))", "normal"),
    Fault("|x|^2 = |x|", "normal.py", "return self.times(rest, self.raised(inner, Fraction(2 * halves)))", "return self.times(rest, self.raised(inner, Fraction(halves)))", "normal"),
    Fault("powers of primes", "normal.py", "return rest.scale(Fraction(generator.parts[0]) ** whole)", "return rest.scale(Fraction(generator.parts[0]))", "normal"),
    Fault("bound indices numbered as they come", "normal.py", "if best is None or key < best[0]:", "if best is None or True:", "normal"),
    Fault("a product of sums is the sum of products", "normal.py",
          "for indices, powers in _components(bound, [p for p in monomial if not p[0].indices.isdisjoint(bound)]):",
          "for indices, powers in ((bound, [p for p in monomial if not p[0].indices.isdisjoint(bound)]),):", "normal"),
    Fault("the sums of a square share their index", "normal.py", "        return Index(f\"${next(self._fresh)}\", index.range)", "        return Index(\"$0\", index.range)", "normal"),
    Fault("an even function is odd", "normal.py", "-1 if row.odd else 1\n", "-1\n", "normal"),
    Fault("a sum of ones is 1", "normal.py", "result = self.times(result, self.normal(index.range))", "pass", "normal"),
    Fault("a delta below a bar", "normal.py", "        _refuse_deltas(poly)\n        number, outside, inside", "        number, outside, inside", "cases"),
    Fault("the cases of a delta are not both decided", "normal.py",
          "return self.is_zero(different) and self.is_zero(self.rename(poly, {large: small}))", "return self.is_zero(different)", "normal"),
    Fault("a closed condition inside a derivative", "normal.py",
          'if claim.relation == ">=":\n                claim = Comparison(claim.left, ">", claim.right)', "if False:\n                pass", "normal kernel cases"),
    Fault("the constant pi is anybody's", "normal.py", 'f"@{function}"', "function", "cases"),
    # --- the rules
    Fault("the quotient rule has the wrong sign", "rules/calculus.py",
          "return div(add(mul(Diff(f, by), g), neg(mul(f, Diff(g, by)))), power(g, TWO)), NONE",
          "return div(add(mul(Diff(f, by), g), mul(f, Diff(g, by))), power(g, TWO)), NONE", "rules cases"),
    Fault("the product rule misses a term", "rules/calculus.py", "for position, factor in enumerate(factors):\n                parts.append",
          "for position, factor in enumerate(factors[:1]):\n                parts.append", "rules cases"),
    Fault("the power rule keeps the exponent", "rules/calculus.py", "number(exponent.value - 1) if isinstance(exponent, Number)",
          "number(exponent.value) if isinstance(exponent, Number)", "rules cases"),
    Fault("the chain rule drops terms", "rules/calculus.py",
          "if vanishing is not None and all(_only_apart(c, index, candidate) for c in vanishing):", "if True:", "cases"),
    Fault("the chain rule overlooks another way", "rules/calculus.py", "    if otherwise is None:\n        return None\n", "    if otherwise is None:\n        otherwise = NONE\n", "cases"),
    Fault("the derivative of a sum captures", "rules/calculus.py",
          "        case Diff(Sum() as total, by):\n            opened = open_binder(total, free_indices(by))\n",
          "        case Diff(Sum() as total, by):\n            opened = total\n", "cases"),
    Fault("every entry is the variable", "rules/calculus.py", "return (mul(*(Delta(i, k) for i, k in pairs)) if pairs else ONE), NONE", "return ONE, NONE", "rules cases"),
    Fault("the derivative of cos is sin", "functions.py", 'Function("cos", 1, lambda a: (neg(apply("sin", *a)),)', 'Function("cos", 1, lambda a: (apply("sin", *a),)', "cases"),
    # --- the kernel
    Fault("transitivity forgets the first conditions", "kernel.py", "first.conditions | second.conditions,", "second.conditions,"),
    Fault("transitivity forgets the second conditions", "kernel.py", "first.conditions | second.conditions,", "first.conditions,"),
    Fault("transitivity forgets definitions", "kernel.py", "first.definitions | second.definitions,", "second.definitions,"),
    Fault("transitivity does not look at the middle", "kernel.py", "if not alpha_equal(first.right, second.left):", "if False:"),
    Fault("congruence forgets conditions", "kernel.py", "        conditions |= _lifted(term, position, theorem, signature)\n", "        _lifted(term, position, theorem, signature)\n"),
    Fault("congruence forgets definitions", "kernel.py",
          "definitions = frozenset[str]().union(*(theorem.definitions for theorem in parts.values()))", "definitions = frozenset[str]()"),
    Fault("congruence does not look at the part", "kernel.py", "if theorem.left is not old[position]:", "if False:"),
    Fault("an equality is used inside a derivative", "kernel.py", '            if claim.relation == "=":\n                raise KernelError("an equality', '            if False:\n                raise KernelError("an equality'),
    Fault("a derivative uses conditions at the point only", "kernel.py", "        return _inside(term.by, theorem, signature)\n", "        return theorem.conditions\n"),
    Fault("the definition of the variable is used", "kernel.py", "if by.name in theorem.definitions:", "if False:"),
    Fault("the condition of the wrong branch", "kernel.py", "guard = term.condition if position == 1 else negated(term.condition)", "guard = term.condition"),
    Fault("any rule is trusted", "kernel.py", "if not rule.trusted or rules.ALL.get(rule.name) is not rule:", "if False:"),
    Fault("an assumption rests on nothing", "kernel.py", "return _theorem(claim.left, claim.right, frozenset((Condition(claim, universal),))", "return _theorem(claim.left, claim.right, frozenset()"),
    Fault("an equation used in algebra leaves no conditions", "kernel.py",
          "conditions = frozenset(normalizer.conditions).union(*(_for_all(theorem, knowledge.signature) for theorem in premises))",
          "conditions = frozenset(normalizer.conditions)"),
    Fault("the normal forms need not agree", "kernel.py", '    if not equal:\n        raise KernelError("the normal forms differ")\n', ""),
    Fault("an instance beyond the range", "kernel.py", "value.denominator == 1 and 1 <= value", "value.denominator == 1 and True or 1 <= value"),
    Fault("a constant becomes what varies", "kernel.py", "if not _is_constant(new, signature):", "if False:"),
    Fault("a definition keeps the constant that was replaced", "kernel.py",
          "if any(isinstance(old, Entry) for old in mapping) and theorem.definitions & _mentioning(mapping, signature):", "if False:"),
    Fault("an instance keeps the old conditions", "kernel.py", "conditions = frozenset(substituted(c, table) for c in theorem.conditions)", "conditions = theorem.conditions"),
    Fault("cases without the second", "kernel.py", "if not (alpha_equal(different.left, left) and alpha_equal(different.right, right)):", "if False:"),
    Fault("cases without the first", "kernel.py",
          "if not (alpha_equal(equal.left, substitute(left, mapping)) and alpha_equal(equal.right, substitute(right, mapping))):", "if False:"),
    Fault("cases of different ranges", "kernel.py", "if not (isinstance(other, Index) and other.range is index.range):", "if False:"),
    Fault("every value but one", "kernel.py", "index.range.value != len(theorems):", "index.range.value < len(theorems):"),
    Fault("everything is shown", "kernel.py", "return frozenset(condition for condition in conditions if not shown(condition, knowledge))", "return NONE"),
    Fault("bound conditions are shown for one index", "kernel.py", "    condition = _renamed_apart(condition)\n    claim", "    claim"),
    Fault("a fixed index is universal", "kernel.py", "- special - set(signature.indices.values())", "- special", "kernel cases"),
    Fault("a fixed index is instantiated", "kernel.py", "if old in signature.indices.values():", "if False:"),
    Fault("a size is at least what a hypothesis says", "signs.py", "if value <= self.signature.sizes.get(size.name, 1):", "if True:", "kernel cases"),
    Fault("guards are ignored where they merge", "kernel.py", 'g.relation == "=" and isinstance(g.left, Index)', "isinstance(g.left, Index)"),
)


def without_fault(target: Path) -> None:
    shutil.copytree(ROOT / "derive", target / "derive", ignore=shutil.ignore_patterns("__pycache__"))


def run(folder: Path, tests: str) -> tuple[bool, str]:
    """Whether the tests pass against the package in `folder`, and what they say."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    files = [str(TESTS / f"test_{name}.py") for name in tests.split()]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", "--tb=line", *files]
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return False, "they do not end"
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return done.returncode == 0, lines[0] if lines else done.stdout[-300:]


def caught(fault: Fault) -> tuple[Fault, str | None, str]:
    """The fault, what is wrong (None if the tests caught it), and what they said."""
    source = (ROOT / "derive" / fault.file).read_text()
    found = source.count(fault.old)
    if found != 1:
        return fault, f"its old text stands in {fault.file} {found} times", ""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        without_fault(folder)
        (folder / "derive" / fault.file).write_text(source.replace(fault.old, fault.new))
        passed, message = run(folder, fault.tests)
    return fault, "it survives" if passed else None, message


def main(words: list[str]) -> int:
    chosen = [fault for fault in FAULTS if all(word in fault.name for word in words)]
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        without_fault(Path(name))
        everything = " ".join(sorted({test for fault in chosen for test in fault.tests.split()}))
        passed, message = run(Path(name), everything)
    if not passed:
        print(f"the tests fail without any fault: {message}")
        return 2
    wrong = 0
    with ThreadPoolExecutor(max(2, (os.cpu_count() or 2) // 2)) as executor:
        for fault, problem, message in executor.map(caught, chosen):
            wrong += problem is not None
            print(f"{'ok  ' if problem is None else 'FAIL'} {fault.name}{f': {problem}' if problem else f'  ({message})' if '-v' in sys.argv else ''}", flush=True)
    print(f"{len(chosen) - wrong} of {len(chosen)} faults caught in {time.monotonic() - start:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main([word for word in sys.argv[1:] if not word.startswith("-")]))
