"""Identity of smooth expressions, by their images in large prime fields.

A symbol becomes a random number modulo each prime of a tower P0 > P1 > …, in which every P is 1 modulo the next. Let g have
the order P1 modulo P0: then exp(u) becomes g^u mod P0, with the image of u mod P1 in the exponent, so that exp(u + v) is
exp(u)*exp(v) (G. Gonnet, Determining equivalence of expressions in random polynomial time, STOC 1984). Besides:

    roots      P - 1 is `turn` times an odd number m; what is positive is given an image in the subgroup of order m, where every
               root of small degree is unique: sqrt(x^2) is x for a positive x and -x for a negative one
    ln         ln|a*b| is ln|a| + ln|b|; what does not factor has a random image. Of a sum one addend is taken out, by a rule
               that does not depend on common factors, so ln(exp(x) + exp(y)) is x + ln(1 + exp(y - x)); exp(q*ln(a)) is a^q
    sin, cos   (e + 1/e)/2 and (e - 1/e)/(2*i) with e = g^(r*u), r random, and i, exp(i*pi/12) roots of unity: needs turn = 24;
               other multiples of pi are angles of which nothing is known

Guarantee: two expressions that are equal as smooth functions by these laws have the same image. If images agree, the
expressions are equal where both have a value and what is taken for positive is positive, unless chance made them agree: for
expressions of degree d below d*2^-100. Images that differ say nothing (erf or a logarithm may obey a law that is not among
these).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random

from audit_terms import Node, Pool, Symbol, Unsupported

TOWERS = {
    2: (
        0xCD0DB05345DA9C1CE214E72585CA152A277DC61EE2B3F7D7,
        0x1DF19ACDD4CE63D2997372B4AC9A941E0CA88347,
        0x5C695C915694957CC51DB1D861F9F58F,
        0x570FEF85E8F2F74BB2B9AC9F,
        0x4CDD2055261ADD5F,
    ),
    24: (
        0x161A5225A91ED904F0985531C4CE2B4999FF57E8E5B00E2F9,
        0x25A8A2EC64FB3ED695899FBA399D5D6B2B8F0BBB9,
        0x1EA5C35219ED27F0BFD9A711748D82589,
        0x2C70273DEED28984FDB4627E9,
        0xF7B8AC1A9C7B8399,
    ),
}
"""Primes P with P - 1 = turn*m, m odd, without small factors and a multiple of the next prime. For turn = 2, the numbers 2, 3,
5, 7 are squares modulo each."""

MONOMIALS = 300  # of a sum that is multiplied out
Monomial = tuple[Fraction, tuple[Node, ...]]


class NoImage(Exception):
    """The expression has no image here; another choice of random numbers may give it one."""


class Images:
    """Images of expressions without choices and derivatives; `signs` says which symbols are negative."""

    def __init__(self, pool: Pool, signs: dict[Symbol, int], turn: int, seed: int) -> None:
        self.pool, self.signs, self.turn = pool, signs, turn
        self.primes = TOWERS[turn]
        self.random = Random(seed)
        self.seed = seed
        self.memo: dict[tuple[Node, int], int] = {}
        self.drawn: dict[object, int] = {}
        self.bases = [self._generator(level) for level in range(len(self.primes) - 1)]
        self.unit = [self._unit(level) for level in range(len(self.primes))]
        self.twists = [self.random.randrange(2, p) for p in self.primes]

    def _generator(self, level: int) -> int:
        p, below = self.primes[level], self.primes[level + 1]
        return pow(self.random.randrange(2, p), (p - 1) // below, p)

    def _unit(self, level: int) -> int:
        """A root of unity of order `turn`."""
        p = self.primes[level]
        while True:
            found = pow(self.random.randrange(2, p), (p - 1) // self.turn, p)
            if pow(found, self.turn // 2, p) == p - 1 and (self.turn == 2 or pow(found, 8, p) != 1):
                return found

    def _draw(self, key: object, level: int) -> int:
        """A random number that belongs to the key."""
        return Random(f"{self.seed} {key} {level}").randrange(2, self.primes[level])

    def _positive(self, key: object, level: int) -> int:
        return pow(self._draw(key, level), self.turn, self.primes[level])

    def image(self, node: Node, level: int = 0) -> int:
        """The image of an expression modulo the prime of that level."""
        if level >= len(self.primes):
            raise NoImage("exponentials nested too deeply")
        key = (node, level)
        if key not in self.memo:
            self.memo[key] = self._image(node, level)
        return self.memo[key]

    def _image(self, node: Node, level: int) -> int:
        p, parts = self.primes[level], node.parts
        match node.kind:
            case "number":
                return node.data.numerator * self._inverse(node.data.denominator, level) % p
            case "symbol":
                return self.signs.get(node.data, 1) * self._positive(node.data, level) % p
            case "pi":
                return self._positive("pi", level)
            case "add":
                return sum(self.image(part, level) for part in parts) % p
            case "mul":
                product = 1
                for part in parts:
                    product = product * self.image(part, level) % p
                return product
            case "power" | "power?" | "power!":
                return self._power(self.image(parts[0], level), node.data, level)
            case "raise":
                return self._exp(self.pool.mul(parts[1], self.pool.make("ln", None, parts[0])), level)
            case "exp":
                return self._exp(parts[0], level)
            case "ln":
                return self._log(parts[0], level)
            case "sin" | "cos":
                return self._turned(node.kind, parts[0], level)
            case "erf" | "arctan":  # odd, and nothing else is known of them
                u = self.image(parts[0], 0)
                flipped = min(u, self.primes[0] - u)
                found = self._draw((node.kind, flipped), level) if u else 0
                return found if u == flipped else -found % p
        raise NoImage(f"no image of {node.kind}")

    def _inverse(self, value: int, level: int) -> int:
        p = self.primes[level]
        if value % p == 0:
            raise NoImage("1/0")
        return pow(value, -1, p)

    def _power(self, base: int, exponent: Fraction, level: int) -> int:
        p = self.primes[level]
        if exponent < 0:
            base = self._inverse(base, level)
        if exponent.denominator > 1:
            m = (p - 1) // self.turn
            if pow(base, m, p) != 1:
                raise NoImage("the base is not among what is positive here")
            return pow(base, abs(exponent.numerator) * pow(exponent.denominator, -1, m) % m, p)
        return pow(base, abs(exponent.numerator), p)

    def _exp(self, exponent: Node, level: int) -> int:
        p = self.primes[level]
        result, rest = 1, []
        if level + 1 >= len(self.primes):
            raise NoImage("exponentials nested too deeply")
        if not _mentions(exponent, "ln"):
            return pow(self.bases[level], self.image(exponent, level + 1), p)
        for factor, atoms in self.monomials(exponent):
            if len(atoms) == 1 and atoms[0].kind == "ln":
                result = result * self._power(self.image(atoms[0].parts[0], level), factor, level) % p
            else:
                rest.append((factor, atoms))
        below = sum(self._monomial(m, level + 1) for m in rest) % self.primes[level + 1]
        return result * pow(self.bases[level], below, p) % p

    def _monomial(self, monomial: Monomial, level: int) -> int:
        factor, atoms = monomial
        p = self.primes[level]
        product = factor.numerator * self._inverse(factor.denominator, level) % p
        for atom in atoms:
            product = product * self.image(atom, level) % p
        return product

    def _turned(self, kind: str, angle: Node, level: int) -> int:
        if self.turn != 24:
            raise NoImage("turns")
        p = self.primes[level]
        phase, rest = 0, []
        for factor, atoms in self.monomials(angle):
            if len(atoms) == 1 and atoms[0].kind == "pi" and 12 % factor.denominator == 0:
                phase += int(factor * 12)
            else:
                rest.append((factor, atoms))
        if level + 1 >= len(self.primes):
            raise NoImage("exponentials nested too deeply")
        below = sum(self._monomial(m, level + 1) for m in rest) * self.twists[level + 1] % self.primes[level + 1]
        e = pow(self.bases[level], below, p) * pow(self.unit[level], phase % 24, p) % p
        back = self._inverse(e, level)
        if kind == "cos":
            return (e + back) * self._inverse(2, level) % p
        return (e - back) * self._inverse(2 * pow(self.unit[level], 6, p), level) % p

    # --- logarithms --------------------------------------------------------------------------------------------------

    def _log(self, node: Node, level: int) -> int:
        """The image of ln|node|."""
        p, parts = self.primes[level], node.parts
        match node.kind:
            case "number":
                if node.data == 0:
                    raise NoImage("ln(0)")
                return (self._log_whole(abs(node.data.numerator), level) - self._log_whole(node.data.denominator, level)) % p
            case "mul":
                return sum(self._log(part, level) for part in parts) % p
            case "power" | "power?" | "power!":
                return self.image(self.pool.number(node.data), level) * self._log(parts[0], level) % p
            case "raise":
                return self.image(parts[1], level) * self._log(parts[0], level) % p
            case "exp":
                return self.image(parts[0], level)
            case "add":
                return self._log_sum(node, level)
        return self._atom(self.image(node, 0), level)

    def _log_whole(self, n: int, level: int) -> int:
        total, prime = 0, 2
        while n > 1 and prime < 2000:
            while n % prime == 0:
                n //= prime
                total += self._draw(("ln", prime), level)
            prime += 1
        return total + (self._draw(("ln", n), level) if n > 1 else 0)

    def _log_sum(self, node: Node, level: int) -> int:
        addends = self.merged(self.monomials(node))
        if not addends:
            raise NoImage("ln(0)")
        if len(addends) == 1:
            return self._log_monomial(addends[0], level)
        top = self.primes[0]
        images = [self._monomial(a, 0) for a in addends]
        total = sum(images) % top
        ratios = [min(r, top - r) for r in (total * self._inverse(i, 0) % top for i in images)]
        first = ratios.index(min(ratios))
        return (self._log_monomial(addends[first], level) + self._atom(ratios[first], level)) % self.primes[level]

    def _log_monomial(self, monomial: Monomial, level: int) -> int:
        factor, atoms = monomial
        return (self._log(self.pool.number(factor), level) + sum(self._log(a, level) for a in atoms)) % self.primes[level]

    def _atom(self, key: int, level: int) -> int:
        """The logarithm of what does not factor, by its image."""
        top = self.primes[0]
        return self._draw(("ln of", min(key, top - key)), level) if key not in (1, top - 1) else 0

    # --- sums of monomials -------------------------------------------------------------------------------------------

    def monomials(self, node: Node) -> list[Monomial]:
        """The expression multiplied out, as far as that stays small."""
        match node.kind:
            case "number":
                return [(node.data, ())] if node.data else []
            case "add":
                return [m for part in node.parts for m in self.monomials(part)]
            case "mul":
                found: list[Monomial] = [(Fraction(1), ())]
                for part in node.parts:
                    found = self._times(found, self.monomials(part))
                return found
            case "power" if node.data.denominator == 1 and 1 < node.data <= 4 and node.parts[0].kind == "add":
                inner = self.monomials(node.parts[0])
                found = inner
                for _ in range(int(node.data) - 1):
                    found = self._times(found, inner)
                return found
            case "power" if node.data.denominator == 1 and node.parts[0].kind == "mul":
                return self.monomials(self.pool.mul(*[self.pool.power(f, node.data) for f in node.parts[0].parts]))
        return [(Fraction(1), (node,))]

    @staticmethod
    def _times(left: list[Monomial], right: list[Monomial]) -> list[Monomial]:
        if len(left) * len(right) > MONOMIALS:
            raise NoImage("too many terms")
        return [(a * b, (*x, *y)) for a, x in left for b, y in right]

    def merged(self, monomials: list[Monomial]) -> list[Monomial]:
        """The sum with like terms added up."""
        found: dict[int, Monomial] = {}
        for factor, atoms in monomials:
            key = self._monomial((Fraction(1), atoms), 0)
            before = found.get(key)
            found[key] = (factor, atoms) if before is None else (factor + before[0], atoms)
        return [m for m in found.values() if m[0]]


def _mentions(node: Node, kind: str, seen: set[Node] | None = None) -> bool:
    """Whether a node of that kind stands in the sums and products of an expression."""
    seen = set() if seen is None else seen
    if node in seen:
        return False
    seen.add(node)
    return node.kind == kind or (node.kind in ("add", "mul") and any(_mentions(p, kind, seen) for p in node.parts))


# --- making an expression smooth ---------------------------------------------------------------------------------------


class Smooth:
    """Expressions with their choices made and their derivatives taken, as they are around one generic point.

    `sign(gap)` is the sign of a gap there. With `strict`, a gap that is 0 there is not decided inside a derivative: the point
    is on a surface, and the derivative looks beyond it.
    """

    def __init__(self, pool: Pool, sign: Callable[[Node], int], choose: Callable[[str, int], bool], strict: bool) -> None:
        self.pool, self.sign, self.choose, self.strict = pool, sign, choose, strict
        self.memo: dict[tuple[Node, bool], Node] = {}

    def smooth(self, node: Node, inside: bool = False) -> Node:
        """The expression; `inside` a derivative or not."""
        key = (node, inside)
        if key not in self.memo:
            self.memo[key] = self._smooth(node, inside)
        return self.memo[key]

    def _smooth(self, node: Node, inside: bool) -> Node:
        pool = self.pool
        if node.kind == "choice":
            sign = self.sign(node.parts[0])
            if sign == 0 and inside and self.strict:
                raise NoImage("a border inside a derivative")
            return self.smooth(node.parts[1 if self.choose(node.data, sign) else 2], inside)
        if node.kind == "derive":
            slope = pool.slope(self.smooth(node.parts[0], True), node.data)
            return self.replaced(slope, {node.data: pool.zero}) if len(node.data) > 2 and node.data[1] == "moved" else slope
        if node.kind == "void":
            raise NoImage("no value")
        if not node.parts:
            return node
        return rebuilt(pool, node, [self.smooth(p, inside) for p in node.parts])

    def replaced(self, node: Node, mapping: dict[Symbol, Node]) -> Node:
        """The expression with symbols replaced."""
        return replaced(self.pool, node, mapping, {})


def rebuilt(pool: Pool, node: Node, parts: list[Node]) -> Node:
    """The node with other parts."""
    if all(a is b for a, b in zip(parts, node.parts, strict=True)):
        return node
    match node.kind:
        case "add":
            return pool.add(*parts)
        case "mul":
            return pool.mul(*parts)
        case "power":
            return pool.power(parts[0], node.data)
    return pool.make(node.kind, node.data, *parts)


def replaced(pool: Pool, node: Node, mapping: dict[Symbol, Node], memo: dict[Node, Node]) -> Node:
    """The expression, without choices and derivatives, with symbols replaced."""
    if not any(s in node.symbols for s in mapping):
        return node
    if node not in memo:
        parts = [replaced(pool, p, mapping, memo) for p in node.parts]
        memo[node] = mapping[node.data] if node.kind == "symbol" else rebuilt(pool, node, parts)
    return memo[node]


def eliminated(
    pool: Pool, facts: list[Node], sides: list[Node], frozen: Callable[[Symbol], bool], values: dict[Symbol, object]
) -> list[Node]:
    """The sides where these facts are 0: each is solved for a symbol in which it is linear, one that may take any value first.

    Where there is none, as in y^2 = y, its symbols get their values at the point.
    """
    facts = list(facts)
    while facts:
        fact = facts.pop(0)
        mapping = _solution(pool, fact, frozen)
        if mapping is None:
            known = {s: values.get(s) for s in fact.symbols}
            mapping = {s: pool.number(v) for s, v in known.items() if isinstance(v, Fraction)}
            if len(mapping) < len(known):
                raise NoImage("a hypothesis that is not linear")
        sides = [replaced(pool, s, mapping, {}) for s in sides]
        facts = [replaced(pool, f, mapping, {}) for f in facts]
    return sides


def _solution(pool: Pool, fact: Node, frozen: Callable[[Symbol], bool]) -> dict[Symbol, Node] | None:
    if not fact.symbols:
        return {}
    for symbol in sorted(fact.symbols, key=lambda s: (frozen(s), repr(s))):
        slope = pool.slope(fact, symbol)
        if not slope.symbols and (slope.kind != "number" or slope.data != 0):
            return {symbol: pool.neg(pool.divide(replaced(pool, fact, {symbol: pool.zero}, {}), slope))}
        if symbol not in slope.symbols and not _products(fact):
            return {symbol: pool.neg(pool.divide(replaced(pool, fact, {symbol: pool.zero}, {}), slope))}
    return None


def _products(fact: Node) -> bool:
    """Whether a fact is, by its form, a product that is 0: then each factor has its own points."""
    return fact.kind == "mul" and sum(1 for p in fact.parts if p.symbols) > 1


__all__ = ["Images", "NoImage", "Smooth", "Unsupported", "eliminated"]
