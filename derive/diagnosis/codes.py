"""The codes of what checking finds, each with its page.

    D200-D210   verdicts; D240 to D242 as well
    D211-D234   near misses: the change that makes a false line true
    D250, D251  hints
    D400-D409   limits
    D900, D901  mistakes of derive's own

A code has a title, an explanation in plain words, a text that brings it (`wrong`) and the same text put right (`right`), the
message, and the help line. Names in braces are filled in where it is found. In a limit `wrong` may be empty: what is too
large for a check is too large for a page. The codes of the reader, D100 to D169, are in `language.codes`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One kind of finding; see the module."""

    title: str
    explanation: str
    wrong: str
    right: str
    message: str
    help: str = ""


VERDICTS: dict[str, Code] = {
    "D201": Code(
        "True, but not by the reasons named",
        "The two sides are equal, but the rules after by do not give the one from the other. The help line names the smallest "
        "set of reasons found that does, and the note what is missing, where all reasons named are among them. A reason in "
        "quotes leaves the choice of the rules to the tool.",
        "variable x\ntheorem t: diff(x^2 + x, x) = 2*x + 1\nproof\n  diff(x^2 + x, x)\n    = 2*x + 1 by power\nqed",
        "variable x\ntheorem t: diff(x^2 + x, x) = 2*x + 1\nproof\n  diff(x^2 + x, x)\n"
        "    = 2*x + 1 by power, sum, variable\nqed",
        "true, but not by {by}",
        "write by {instead}",
    ),
    "D202": Code(
        "False",
        "There are sizes, indices and values that meet every declaration and assumption, and at which the two sides provably "
        "differ. They are listed. One such point refutes the line, however often it is true elsewhere.",
        "variable x\ntheorem t: (x + 1)^2 = x^2 + 1",
        "variable x\ntheorem t: (x + 1)^2 = x^2 + 2*x + 1",
        "the two sides differ",
    ),
    "D203": Code(
        "Neither proved nor refuted",
        "The line may be true or false: within its limits the tool found neither a proof nor a point at which the sides "
        "differ. An undecided line never counts as proved. Smaller steps often help, or a theorem of its own for the part that "
        "is hard.",
        "variable x\ntheorem t: x*sqrt(3 + 2*sqrt(2)) = x + x*sqrt(2)",
        "variable x\ntheorem square: 3 + 2*sqrt(2) = (1 + sqrt(2))^2\n"
        "theorem t: x*sqrt(3 + 2*sqrt(2)) = x + x*sqrt(2)\nproof\n  x*sqrt(3 + 2*sqrt(2))\n"
        "    = x*sqrt((1 + sqrt(2))^2)   by square\n    = x + x*sqrt(2)             by root-square, algebra\nqed",
        "neither proved nor refuted",
    ),
    "D204": Code(
        "A value nowhere",
        "An equation says something about the points at which both of its sides have a value. Where a divisor is always 0, or "
        "the argument of a logarithm never positive, there is no such point, and the line says nothing. The same is said where "
        "points that meet all hypotheses were tried, and both sides had a value at none of them.",
        "variable x\ntheorem t: ln(-exp(x)) + 1 - 1 = ln(-exp(x))",
        "variable x > 0\ntheorem t: ln(2*x) = ln(2) + ln(x)",
        "the two sides have a value nowhere",
    ),
    "D205": Code(
        "The rules change nothing",
        "The right side is ?, to be computed by the rules named, but none of them applies to the line above. Other rules do, "
        "or the line is final and the step can go.",
        "variable x\ntheorem t: x + 1 = x + 1\nproof\n  x + 1\n    = ? by quotient\nqed",
        "variable x\ntheorem t: diff(1/x, x) = -1/x^2\nproof\n  diff(1/x, x)\n    = ? by quotient, variable, independence\nqed",
        "the rules named change nothing here",
        "name other rules, or delete the step",
    ),
    "D206": Code(
        "Cites what is not proved",
        "A step is no better than what it rests on. The theorem cited is refuted or undecided; the step itself is true, but "
        "not "
        "proved by it.",
        "variable x\n"
        "theorem square: (x + 1)^2 = x^2 + 1\n"
        "theorem t: 0*(x + 1)^2 = 0\nproof\n  0*(x + 1)^2\n    = 0 by square, algebra\nqed",
        "variable x\n"
        "theorem square: (x + 1)^2 = x^2 + 2*x + 1\n"
        "theorem t: (x + 1)^2 - 1 = x^2 + 2*x\nproof\n  (x + 1)^2 - 1\n    = x^2 + 2*x by square, algebra\nqed",
        "the step cites {theorem}, which is not proved",
        "prove {theorem} first, or name other reasons",
    ),
    "D207": Code(
        "Assumptions that contradict each other",
        "No values meet all that is declared and assumed. From such assumptions everything follows, the false as well as the "
        "true, so nothing that rests on them counts as proved.",
        "constant a > 0\nassume a = -1\ntheorem t: a = 5",
        "constant a > 0\nassume a = 5\ntheorem t: a = 5\nproof\n  a = 5 by assumption\nqed",
        "no values meet {assumptions}",
        "take one of them back",
    ),
    "D208": Code(
        "Condition not shown",
        "The line holds wherever it is defined, and the condition listed says where that is. Under --strict it must follow "
        "from "
        "the declarations. Declare it of the symbol, assume it, or state it with the theorem after given. An assumption holds "
        "for all values of the indices in it; what a sum needs of all of its entries is assumed, or declared.",
        "variable x\ntheorem t: x/x = 1",
        "variable x != 0\ntheorem t: x/x = 1",
        "the line needs {condition}, which nothing says",
        "write {typed}",
    ),
    "D209": Code(
        "Not as expected",
        "The author wrote expect with a verdict, and the verdict is another one. A mistake that is shown on purpose may have "
        "been put right, or the line has become wrong.",
        "variable x\ntheorem t: x + x = 2*x expect refuted",
        "variable x\ntheorem t: x + x = 3*x expect refuted",
        "{verdict}, where {expected} was expected",
        "write expect {verdict}, or leave expect out where the verdict is proved",
    ),
    "D210": Code(
        "The proof does not reach its claim",
        "A proof by cases needs a case for each way in which the two indices can stand to each other, i = k and i != k; and a "
        "chain "
        "begins with one side of the claim and ends with the other, up to rearrangement; in a case, as that side reads there. "
        "Every step may be true, and the claim as well, and yet the claim is not what they prove: so this is an error whatever "
        "else is true of the claim, and the exit status is 2.",
        "variable x\ntheorem t: sin(x)^2 + cos(x)^2 = 1\nproof\n  x + x\n    = 2*x by algebra\nqed",
        "variable x\ntheorem t: x + x = 2*x\nproof\n  x + x\n    = 2*x by algebra\nqed",
        "{what}",
        "{instead}",
    ),
    "D240": Code(
        "Proved for less than is claimed",
        "The proof needs a condition that neither the hypotheses say nor follows from both sides having a value: it divided by "
        "something on the way, used a sign that holds only there, or took a derivative beside a kink. The claim is about the "
        "other values as well. State the condition, or find a way without it.",
        "variable x\ntheorem t: diff(x*abs(x), x) = if(x = 0, 0, 2*abs(x))",
        "variable x\ntheorem t given x != 0: diff(x*abs(x), x) = if(x = 0, 0, 2*abs(x))",
        "proved only where {condition}; the claim is not only about that",
        "write after the name of the theorem: given {condition}",
    ),
    "D241": Code(
        "The proof and the numbers disagree",
        "The line has a proof, and yet the values of its two sides differ at a point that was tried, as far as numbers tell: a "
        "derivative is taken there by differences from both sides. One of the two is wrong. Nothing is called proved then. If "
        "the point is not what makes the line false, it is a fault of this tool: please report it with the file.",
        "",
        "",
        "the proof and the numbers disagree: {values}",
        "please report this line",
    ),
    "D242": Code(
        "Nothing to try it on",
        "The line has a proof, but no point was found that meets all hypotheses and at which its sides could be evaluated, so "
        "that the proof could not be tried in numbers. Nothing is called proved untried. Hypotheses that contradict each other "
        "have no such point; neither has what is nested too deeply, or has too many entries. What is assumed for all x is "
        "tried with functions that meet it: exponentials, sines, straight lines, and what an equation f(x) = … says of f.",
        "",
        "",
        "no point was found at which it could be tried",
        "write a hypothesis with a point that is easy to find, or smaller steps",
    ),
}

NEAR_MISSES: dict[str, Code] = {
    "D211": Code(
        "A sign",
        "A minus sign is missing, or one too many: before a term, before the whole side, or inside a function. It is often "
        "lost "
        "with the derivative of something that is subtracted, or when a line is copied.",
        "variable x\nconstant m\ntheorem t: (x - m)^2 = x^2 - 2*x*m - m^2",
        "variable x\nconstant m\ntheorem t: (x - m)^2 = x^2 - 2*x*m + m^2",
        "wrong sign: {part} should be {change}",
    ),
    "D212": Code(
        "A factor",
        "A number or a size is missing as a factor, or one too many: the 2 from a square, the 1/n from a mean.",
        "variable h\nconstant y\ntheorem t: (y - h)*(y - h) + (h - y)^2 = (y - h)^2",
        "variable h\nconstant y\ntheorem t: (y - h)*(y - h) + (h - y)^2 = 2*(y - h)^2",
        "missing factor {factor}: {part} should be {change}",
    ),
    "D213": Code(
        "A lost product",
        "A factor that stood in the line before, or is declared, is missing in a product or below a fraction bar; or it stands "
        "there too much.",
        "variable x, t\ntheorem t1: diff(t*sin(x), x) = cos(x)",
        "variable x, t\ntheorem t1: diff(t*sin(x), x) = t*cos(x)",
        "missing factor {factor}: {part} should be {change}",
    ),
    "D214": Code(
        "An index out of place",
        "An entry has the index of another one, or its two indices are swapped. Where rows and columns have the same size, "
        "nothing but the "
        "values shows it.",
        "size n\nvariable w[n]\nconstant x[n, n]\ndefine h[j] = sum(w[i]*x[j, i], i)\ntheorem t: diff(h[j], w[i]) = x[i, j]",
        "size n\nvariable w[n]\nconstant x[n, n]\ndefine h[j] = sum(w[i]*x[j, i], i)\ntheorem t: diff(h[j], w[i]) = x[j, i]",
        "wrong index: {wrong} should be {meant}",
    ),
    "D215": Code(
        "A bound index",
        "A sum binds its index: inside, an index of the same name is no longer the one from outside. The free index is "
        "caught by the sum; or it should have been bound by one, and is not. Name the index of the sum differently.",
        "size n\nvariable w[n]\nconstant x[n, n]\ndefine h[j] = sum(w[i]*x[j, i], i)\ntheorem t: h[j] = sum(w[j]*x[j, j], j)",
        "size n\nvariable w[n]\nconstant x[n, n]\ndefine h[j] = sum(w[i]*x[j, i], i)\ntheorem t: h[j] = sum(w[k]*x[j, k], k)",
        "the index {wrong} {how}: {part} should be {change}",
    ),
    "D216": Code(
        "The chain rule through one entry only",
        "Where a function depends on all entries of an array, the chain rule adds up the ways through all of them: the sum of "
        "diff(E, p[k])*diff(p[k], x) over k. The term with k = i is one of many. Outputs of a softmax each "
        "depend on every input, so there are ways off the diagonal.",
        "size n\nvariable s[n]\nconstant c[n]\n"
        "define p[i] = exp(s[i])/sum(exp(s[j]), j)\ndefine E = -sum(c[i]*ln(p[i]), i)\n"
        "theorem t: diff(E, s[i]) = diff(E, p[i])*diff(p[i], s[i])",
        "size n\nvariable s[n]\nconstant c[n]\n"
        "define p[i] = exp(s[i])/sum(exp(s[j]), j)\ndefine E = -sum(c[i]*ln(p[i]), i)\n"
        "theorem t: diff(E, s[i]) = sum(diff(E, p[k])*diff(p[k], s[i]), k)",
        "the chain rule goes through {one} only, and {function} depends on every {every}: the terms for {missing} are missing",
    ),
    "D217": Code(
        "A lost inner derivative",
        "The derivative of f(u) by x is that of f at u, times the derivative of u by x. The second factor is missing: the 2 of "
        "sin(2*x), the -1 of exp(-x).",
        "variable x\ntheorem t: diff(sin(2*x), x) = cos(2*x)",
        "variable x\ntheorem t: diff(sin(2*x), x) = 2*cos(2*x)",
        "missing inner derivative: the chain rule also multiplies by {slope}",
    ),
    "D218": Code(
        "A lost outer derivative",
        "The derivative of f(u) by x is that of f at u, times the derivative of u by x. The first factor is missing.",
        "variable x\ntheorem t: diff(exp(x^2), x) = 2*x",
        "variable x\ntheorem t: diff(exp(x^2), x) = 2*x*exp(x^2)",
        "missing outer derivative: the chain rule also multiplies by {slope}",
    ),
    "D219": Code(
        "A parenthesis",
        "A minus sign, a factor or a fraction bar belongs to a whole sum or product, and the parenthesis that says so is "
        "missing; "
        "or it takes in too much. a/b*c is (a/b)*c, and -a + b is (-a) + b.",
        "variable a, b, c\ntheorem t: a*b + a*c = a*b + c",
        "variable a, b, c\ntheorem t: a*b + a*c = a*(b + c)",
        "missing or misplaced parenthesis: {part} should be {change}",
    ),
    "D220": Code(
        "The base of a logarithm",
        "ln and log with one argument are natural logarithms; log(x, b) has the base b and is ln(x)/ln(b). The derivative of "
        "log(x, b) by x is 1/(ln(b)*x).",
        "variable x > 0\ntheorem t: diff(log(x, 2), x) = 1/x",
        "variable x > 0\ntheorem t: diff(log(x, 2), x) = 1/(x*ln(2))",
        "the base of a logarithm is {base} on one side only: {part} should be {change}",
    ),
    "D221": Code(
        "An exponent",
        "An exponent is one too high or too low, half or twice of what it should be, or has the wrong sign; or a square or a "
        "root is missing. "
        "If h is a square root of u, then u^(-1/2) is h^(-1).",
        "variable v > 0\ndefine f = sqrt(v)\ntheorem t: diff(f, v) = 1/2*f^(-1/2)",
        "variable v > 0\ndefine f = sqrt(v)\ntheorem t: diff(f, v) = 1/2*f^(-1)",
        "wrong exponent: {part} should be {change}",
    ),
    "D222": Code(
        "An index left out of a sum",
        "sum(f, i) runs over all entries, sum(f, i != k) over all but one. When a term is split off, it must be left out of "
        "the "
        "sum; when it is put back, it must not.",
        "size n\nconstant a[n]\ntheorem t: sum(a[i], i) = sum(a[i], i) + a[k]",
        "size n\nconstant a[n]\ntheorem t: sum(a[i], i) = sum(a[i], i != k) + a[k]",
        "the wrong entries are added or multiplied: {part} should be {change}",
    ),
    "D223": Code(
        "One function for another",
        "The derivative of cosh is sinh without a sign, that of tanh is 1 - tanh^2 and not 1 - tanh; exp(-x) stands for "
        "exp(x), or "
        "p for 1 - p.",
        "variable x\ntheorem t: diff(sinh(x), x) = sinh(x)",
        "variable x\ntheorem t: diff(sinh(x), x) = cosh(x)",
        "{part} stands where {change} belongs",
    ),
    "D224": Code(
        "The quotient rule",
        "The derivative of f/g is (diff(f, x)*g - f*diff(g, x))/g^2: the numerator is differentiated first, the "
        "terms have opposite signs, and the denominator is squared.",
        "variable x > 0\ntheorem t: diff(sin(x)/x, x) = (sin(x) - cos(x)*x)/x^2",
        "variable x > 0\ntheorem t: diff(sin(x)/x, x) = (cos(x)*x - sin(x))/x^2",
        "quotient rule: {how}; {part} should be {change}",
    ),
    "D225": Code(
        "The product rule",
        "The derivative of f*g is diff(f, x)*g + f*diff(g, x): a term for each factor that depends on the variable. One of "
        "them is missing.",
        "variable x\ntheorem t: diff(x*sin(x), x) = x*cos(x)",
        "variable x\ntheorem t: diff(x*sin(x), x) = x*cos(x) + sin(x)",
        "product rule: the term {missing} {how}",
    ),
    "D226": Code(
        "A hypothesis that is not stated",
        "The line is true for some values only: for weights that sum to 1, one-hot vectors, a constant 1. What the author "
        "takes for "
        "granted must be assumed, or the line is false.",
        "size n\nconstant y[n], c\ntheorem t: sum(c*y[i], i) = c",
        "size n\nconstant y[n], c\nassume sum(y[i], i) = 1\ntheorem t: sum(c*y[i], i) = c",
        "true only if {claim}, which is not stated",
    ),
    "D227": Code(
        "A rounded number",
        "Numbers are exact here: 0.3333 is 3333/10000 and not a third. Write the exact value; decimals belong in the text "
        "around a derivation.",
        "theorem t: -ln(0.2) = 1.6094",
        "theorem t: -ln(0.2) = ln(5)",
        "{part} is rounded, and numbers are exact here: it should be {change}",
    ),
    "D228": Code(
        "A sign and a factor",
        "Two changes at the same term: its sign and a factor.",
        "variable h\nconstant y\ntheorem t: diff((y - h)^2, h) = y - h",
        "variable h\nconstant y\ntheorem t: diff((y - h)^2, h) = -2*(y - h)",
        "missing factor {factor}: {part} should be {change}",
    ),
    "D229": Code(
        "A factor taken out of a sum that it depends on",
        "Only what does not depend on the index comes out of a sum: sum(w[j]*x[j], j) is not w[i]*sum(x[j], j). With equal "
        "weights the two are the same, so a test with w = 1 does not see it.",
        "size n\nvariable x[n]\nconstant w[n]\n"
        "define L = sum(w[j]*x[j], j)^2/2\ntheorem t: diff(L, x[i]) = w[i]*w[i]*sum(x[j], j)",
        "size n\nvariable x[n]\nconstant w[n]\n"
        "define L = sum(w[j]*x[j], j)^2/2\ntheorem t: diff(L, x[i]) = w[i]*sum(w[j]*x[j], j)",
        "{wrong} cannot stand outside of the sum over {index}: inside it is {meant}",
    ),
    "D230": Code(
        "An equation used inside a derivative",
        "A derivative looks at the values around a point. An equation that holds at the point only, such as an assumption "
        "about the variable, "
        "or by a defined entry what rests on its definition, does not hold there: from x = 3 it does not follow that "
        "diff(x^2, x) = diff(9, x). Differentiate first, and use it then. "
        "What holds at every value of a variable is assumed so: assume for all x: f(g(x)) = x.",
        "variable x\nassume x = 3\ntheorem t: diff(x^2, x) = diff(9, x)",
        "variable x\nassume x = 3\ntheorem t: diff(x^2, x) = 2*x",
        "{first} and {second} are equal at the point, but not while {by} moves: differentiate first, and use the equation then",
    ),
    "D231": Code(
        "An index that one side does not know",
        "One side changes with a free index, and the other does not mention it. What is derived by v[k] mostly depends on k; "
        "and "
        "an index that only one side has should be bound by a sum.",
        "size n\nvariable v[n]\ntheorem t: diff(sum(exp(v[i]), i), v[k]) = sum(v[i], i)",
        "size n\nvariable v[n]\ntheorem t: diff(sum(exp(v[i]), i), v[k]) = exp(v[k])",
        "the {side} side depends on {index}, and the {other} side does not mention it",
    ),
    "D232": Code(
        "A term lost, or one too many",
        "A term of the line before has no counterpart, or there is one that came from nowhere.",
        "variable a, b, x\ntheorem t: (a + b + sin(x)) + a = 2*a + b",
        "variable a, b, x\ntheorem t: (a + b + sin(x)) + a = 2*a + b + sin(x)",
        "the term {part} {how}",
    ),
    "D233": Code(
        "A forgotten argument",
        "A function of several arguments changes through each of them: the derivative of g(u, v) by x is that of g by its "
        "first argument times the derivative of u, and that by its second times the derivative of v.",
        "variable x, y\nfunction g(u, v)\ntheorem t: diff(g(x^2, x*y), x) = 2*x*g'1(x^2, x*y)",
        "variable x, y\nfunction g(u, v)\ntheorem t: diff(g(x^2, x*y), x) = 2*x*g'1(x^2, x*y) + y*g'2(x^2, x*y)",
        "missing term: the chain rule also adds {missing}, for the argument {argument}",
    ),
    "D234": Code(
        "A partial derivative of a graph",
        "Texts about backpropagation write the derivative of c = a*b by a with b held fixed, also where b is computed from a. "
        "Here diff(c, a) moves whatever is defined by a, so that it goes through b as well. The derivative along one edge "
        "of the graph is partial(c, a).",
        "variable x\ndefine a = x^2\ndefine b = a + 1\ndefine c = a*b\ntheorem t: diff(c, a) = b",
        "variable x\ndefine a = x^2\ndefine b = a + 1\ndefine c = a*b\ntheorem t: partial(c, a) = b",
        "{whole} goes through {through} as well, which moves with {by}: `partial` holds that fixed",
    ),
}

HINTS: dict[str, Code] = {
    "D250": Code(
        "A reason that is not needed",
        "The step is proved without this reason as well, by the others that stand there. Whoever reads the line looks for what "
        "it does. Hints are given where --lint is, and change no verdict.",
        "variable x\ntheorem t: diff(x^2, x) = 2*x\nproof\n  diff(x^2, x)\n    = 2*x by power, quotient\nqed",
        "variable x\ntheorem t: diff(x^2, x) = 2*x\nproof\n  diff(x^2, x)\n    = 2*x by power\nqed",
        "{reason} is not needed here",
        "leave it out",
    ),
    "D251": Code(
        "A name that is not used",
        "The name is declared, and no theorem is about it, nor about what is defined or assumed by it. It may be misspelt "
        "where it was to be used. Hints are given where --lint is, and change no verdict.",
        "variable x, y\ntheorem t: diff(x^2, x) = 2*x",
        "variable x\ntheorem t: diff(x^2, x) = 2*x",
        "{name} is declared and not used",
        "delete its declaration, or use it",
    ),
}

LIMITS: dict[str, Code] = {
    "D400": Code(
        "Too much work",
        "Work is counted, and not timed: a step may make so many terms, multiply so many monomials and try so many points, the "
        "same on every machine; and all steps of a text together so much for its length. The message says for what more would "
        "have been needed. Nothing was proved and nothing refuted.",
        "",
        "variable x > 0\ntheorem t: ln(x^3) = 3*ln(x)",
        "limit: more work than is done for {what}",
        "write it in smaller steps, or give names to its parts",
    ),
    "D401": Code(
        "Too many terms",
        "Multiplied out, an expression would have more than a few thousand terms. Give names to its parts, or do it in several "
        "steps.",
        "variable a, b, c, d, e\ntheorem t: (a + b + c + d + e)^40 = (a + b + c + d + e)^20*(e + d + c + b + a)^20",
        "variable a, b\ntheorem t: (a + b)^3 = a^3 + 3*a^2*b + 3*a*b^2 + b^3",
        "limit: {what}",
        "give names to the parts of the expression",
    ),
    "D402": Code(
        "Too high a power",
        "A power with a large whole exponent is kept as it is; multiplied out it would cost more than it can tell.",
        "variable x\ntheorem t: (1 + x)^100000 = (1 + x)^50000*(1 + x)^50000",
        "size n\nvariable x > 0\ntheorem t: (1 + x)^(2*n) = (1 + x)^n*(1 + x)^n",
        "limit: {what}",
        "write the exponent as a symbol: size n",
    ),
    "D403": Code(
        "Too many indices in one sum",
        "To compare two sums, their indices are tried in every order, so the number of indices that hang together is bounded.",
        "",
        "size n\nvariable x[n]\ntheorem t: sum(x[i], i) = sum(x[j], j)",
        "limit: {what}",
        "give a name to an inner sum",
    ),
    "D404": Code(
        "Too large a number to factor",
        "Roots and logarithms of whole numbers are split into their prime factors, where these are small.",
        "",
        "theorem t: ln(6) = ln(2) + ln(3)",
        "limit: {what}",
        "declare a symbol in its place: constant big > 0",
    ),
    "D405": Code(
        "Out of time",
        "A step has a time of the processor, a minute unless --timeout says otherwise: a last resort, since the work that is "
        "done for it is counted and ends long before. A step that needs more is better written as several.",
        "",
        "",
        "limit: more than {what} seconds",
        "write it in smaller steps, or give it more time: --timeout 120",
    ),
    "D406": Code(
        "The expression grows too large",
        "Unfolded and differentiated, the expression would be larger than what is worked on.",
        "",
        "",
        "limit: the expression grows beyond what is worked on",
        "write it in smaller steps, or give names to its parts",
    ),
    "D407": Code(
        "Too many cases",
        "Choices and deltas are told apart case by case, and each doubles the cases. Below a fraction bar, in roots and in "
        "logarithms they are not taken apart at all.",
        "",
        "variable x, y\ntheorem t: if(x > 0, 1, 0)*if(y > 0, 1, 0) = if(y > 0, if(x > 0, 1, 0), 0)",
        "limit: {what}",
        "prove it case by case: proof, case i = k: …, case i != k: …, qed",
    ),
    "D408": Code(
        "Nested too deeply",
        "An expression in which others stand a hundred deep, written out or once its definitions are, is not gone into.",
        "",
        "variable x\ndefine inner = exp(x)\ntheorem t: diff(exp(inner), x) = exp(inner)*inner",
        "limit: it is nested too deeply",
        "give names to inner parts: define inner = …",
    ),
    "D409": Code(
        "Too little memory",
        "Two gigabytes are enough for whatever is worked on; where there is less, or a limit is set, a file may need more.",
        "",
        "",
        "limit: it needs more memory than there is",
        "write it in smaller parts",
    ),
}

OWN: dict[str, Code] = {
    "D900": Code(
        "A mistake of derive's own",
        "Something went wrong in derive itself. The file in which it happened has no verdicts; the others have theirs. It is "
        "not your text that is at fault, whatever stands in it.",
        "",
        "",
        "derive itself is at fault: {what}",
        "please report it, with the text: DERIVE_TRACEBACK=1 in the environment shows where",
    ),
    "D901": Code(
        "Not checked to its end",
        "The process that checked the file ended before it was done: it was killed, or one operation of the computer took "
        "longer than is allowed. The other files have their verdicts.",
        "",
        "",
        "{what} was not checked to its end",
        "check it alone, or with more memory",
    ),
}

CODES: dict[str, Code] = VERDICTS | NEAR_MISSES | HINTS | LIMITS | OWN
