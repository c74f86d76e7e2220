"""The messages of the reader: every mistake that a text can hold, with its code, what it says and what to type instead.

    D100-D109   characters, strings, numbers, limits
    D110-D129   statements and proofs
    D130-D139   how an expression is put together
    D140-D169   what its names and indices mean
    D170-D174   what the reasons of a proof name
    D180        blocks of a document

A message says what was found, in the words of the text; the help line is text to type. Names in braces are filled in
where the mistake is found. `explanation` and `example` (a text that has the mistake) are for `derive explain CODE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.floor.frozen import Table


@dataclass(frozen=True)
class Code:
    """One kind of mistake: its title, why it is one, a text that makes it, and the message and help that it brings."""

    title: str
    explanation: str
    example: str
    message: str
    help: str


CODES: Mapping[str, Code] = Table({
    # --- characters, strings, numbers, limits ---
    "D100": Code(
        "Empty file",
        "A derivation holds at least one statement; comments alone are none.",
        "# nothing yet",
        "there is no statement here",
        'begin with a title: title "…"',
    ),
    "D101": Code(
        "Forbidden character",
        "Control characters, and those that change the direction of a line or have no width, can make a text look other "
        "than it is read. They stand nowhere in a derivation, not even in a comment or a string.",
        'title "a\x00b"',
        "the character `{char}` must not stand in a derivation",
        "delete it",
    ),
    "D102": Code(
        "Unknown character",
        "Operators are those of the keyboard, and a few that derive itself prints: −, ·, ×, ², ∂, ≤, ≥, ≠.",
        "variable x\ntheorem t: x ⋅ 0 = 0",
        "the character `{char}` means nothing here",
        "{instead}",
    ),
    "D103": Code(
        "Unclosed string",
        "A string begins and ends with a double quote, on one line.",
        'title "Softmax',
        "this string is not closed",
        'put " at its end, on the same line',
    ),
    "D104": Code(
        "Malformed number",
        "A number is written with digits on both sides of its point: 12, 0.5, 1e-5.",
        "theorem t: .5 = 1/2",
        "`{found}` is not a number",
        "write {instead}",
    ),
    "D105": Code(
        "Number too long",
        "Numbers are exact, so one with a million digits would cost a million digits of memory everywhere.",
        "theorem t: 1e999999 = 1",
        "this number has more digits than the {limit} that are read",
        "declare a symbol in its place: constant big > 0",
    ),
    "D106": Code(
        "Text too long",
        "A derivation is a text that a person reads; the limit keeps a mistaken path from costing minutes.",
        "",
        "this text has {size} characters, more than the {limit} that are read",
        "split it in several files",
    ),
    "D107": Code(
        "Nested too deeply",
        "Parentheses, quotients of quotients, sums in sums: beyond this depth nobody reads an expression.",
        "theorem t: ((((…)))) = 1",
        "this expression is nested more than {limit} levels deep",
        "give a name to a part of it: define part = …",
    ),
    "D108": Code(
        "Name too long",
        "Names are for people.",
        "",
        "this name has more than {limit} characters",
        "choose a shorter one",
    ),
    # --- statements and proofs ---
    "D110": Code(
        "Not a statement",
        "Every statement begins with its keyword: title, source, note, size, variable, constant, function, assume, define, "
        "index, use, option, variant, theorem, proof.",
        "variabel x",
        "a statement cannot begin with {found}",
        "{instead}",
    ),
    "D111": Code(
        "Reserved word",
        "The keywords of the language are not names: a statement runs until the next keyword.",
        "variable case",
        "`{name}` is a keyword of the language",
        "choose another name: {instead}",
    ),
    "D112": Code(
        "Something else expected",
        "The statement that has begun needs something else at this place.",
        "theorem t x = x",
        "{what} was expected here, not {found}",
        "{instead}",
    ),
    "D114": Code(
        "Declared twice",
        "A name means one thing in a derivation.",
        "variable x\nconstant x",
        "{name} is declared already, in line {line}",
        "write {instead}",
    ),
    "D115": Code(
        "Condition of a declaration",
        "A declaration compares with 0, for every entry; anything else is an assumption.",
        "variable x > 1",
        "a declaration says > 0, >= 0 or != 0, and nothing else",
        "declare it without, and write below: assume {instead}",
    ),
    "D116": Code(
        "Proof without theorem",
        "A proof stands directly after the theorem that it proves.",
        "proof\n  1 = 1\nqed",
        "there is no theorem above this proof that has none yet",
        "write above it: theorem name: A = B",
    ),
    "D117": Code(
        "Proof without end",
        "A proof runs from its keyword to qed.",
        "variable x\ntheorem t: x = x\nproof\n  x = x\n",
        "this proof has no end",
        "write after its last step: qed",
    ),
    "D118": Code(
        "Keyword out of place",
        "qed and case belong in a proof; by ends a step; expect stands after a claim or at the end of a step; for and given "
        "stand between the name of a theorem and the colon.",
        "variable x by sum",
        "{found} has no place here",
        "{instead}",
    ),
    "D119": Code(
        "Unknown verdict",
        "The verdicts are proved, refuted, unjustified and unknown.",
        "theorem t: 1 = 2 expect wrong",
        "{found} is not a verdict",
        "write expect {instead}",
    ),
    "D120": Code(
        "Not an equation",
        "A theorem claims that two expressions are equal; an inequality can be a hypothesis.",
        "variable x\ntheorem t: x^2 >= 0",
        "a theorem claims an equation",
        "write theorem {name}: {left} = …",
    ),
    "D121": Code(
        "Chain without a step",
        "A proof is a chain: an expression, then at least one step that begins with =.",
        "variable x\ntheorem t: x = x\nproof\n  x\nqed",
        "this chain has no step",
        "write below it: = … by …",
    ),
    "D122": Code(
        "Reason missing",
        "After by stands the name of a rule or theorem, or a text in quotes; several are parted by commas.",
        "variable x\ntheorem t: x = x\nproof\n  x = x by\nqed",
        "a reason was expected here, not {found}",
        "{instead}",
    ),
    "D123": Code(
        "Theorem with the name of a rule",
        "A reason must say which of the two it cites.",
        "theorem chain: 1 = 1",
        "`{name}` is the name of a rule",
        "choose another name: theorem {name}-here: …",
    ),
    "D124": Code(
        "Derivation not found",
        "use names a derivation of the same folder or of the library, in quotes and without its ending.",
        'use "softmax-jacobain"',
        "the derivation `{name}` cannot be used: {reason}",
        "{instead}",
    ),
    "D125": Code(
        "Used with another meaning",
        "A theorem of another derivation holds of the names as they are declared there. Here they must mean the same, or the "
        "theorem would be about something else.",
        'use "softmax-jacobian"\nvariable O[3]',
        "`{theorem}` of `{other}` is about `{name}`, {difference}",
        "{instead}",
    ),
    "D126": Code(
        "Not said of everything in it",
        "What is assumed for all x may be used around every point, in all directions. So it is said for all variables in it, "
        "and of nothing that is defined by others: for all x, y: h(x, y) = x*y.",
        "variable x, z\nfunction q(u, v)\nassume for all x: q(x, z) = x*z",
        "this is assumed for all values of some variables, and `{name}` is in it as well",
        "{instead}",
    ),
    "D127": Code(
        "? out of place",
        "? stands for the whole right side of a step, or of a claim without a proof, which is then found; or for reasons.",
        "variable x\ntheorem t: x = 1 + ?",
        "? stands only as the whole right side of a step, or of a claim without a proof",
        "write the expression",
    ),
    "D128": Code(
        "Condition that is not about indices",
        "for and case tell how indices stand to each other: i = k, i != k. A condition on values is a hypothesis.",
        "variable x\ntheorem t for x != 0: x/x = 1",
        "after `{found}` stands a relation of two indices, `i = k` or `i != k`",
        "{instead}",
    ),
    # --- how an expression is put together ---
    "D129": Code(
        "Not everywhere",
        "What is assumed for all x has a value for all x: a division by x has none at 0, and abs(x) no slope there. Declare "
        "what values x can have, x > 0 or x != 0, or multiply by what stands below the bar.",
        "variable x\nfunction f(u), g(u)\nassume for all x: f(x) = g(x)/x",
        "this need not have a value for all `{names}`",
        "declare which values there can be, variable x > 0 or x != 0, or write it without a division",
    ),
    "D130": Code(
        "Expression missing",
        "An operator needs an operand on both sides, and an argument is never empty.",
        "variable x\ntheorem t: x + = x",
        "an expression was expected here, not {found}",
        "{instead}",
    ),
    "D131": Code(
        "Parenthesis not closed",
        "Every ( and [ has its partner.",
        "variable x\ntheorem t: (x + 1 = x",
        "this `{found}` is not closed",
        "put {instead} {where}",
    ),
    "D132": Code(
        "Parenthesis not opened",
        "Every ) and ] has its partner.",
        "variable x\ntheorem t: x) = x",
        "this `{found}` closes nothing",
        "delete it, or put {instead} before the expression that it ends",
    ),
    "D133": Code(
        "Multiplication sign missing",
        "A product is always written with *: xy is one name, and f(x) is a function of x.",
        "variable x\ntheorem t: 2x = x + x",
        "there is no operator between `{left}` and `{right}`",
        "write {product}{instead}",
    ),
    "D134": Code(
        "Doubled equals sign",
        "Equality is written with one sign.",
        "variable x\ntheorem t: x == x",
        "`{found}` is not used here",
        "write =",
    ),
    "D136": Code(
        "Relation out of place",
        "A relation stands in if(…), after != in a sum, and in statements; it has no value.",
        "variable x\ntheorem t: exp(x > 0) = 1",
        "a relation has no value, so it cannot stand here",
        "choose by it: if({found}, 1, 0)",
    ),
    "D137": Code(
        "Prime out of place",
        "A prime stands directly behind the name of a declared function, before its arguments. It is part of no other name, "
        "and the derivative of anything else is written diff(…, x).",
        "variable x\ntheorem t: (x^2)' = 2*x",
        "a prime stands only behind the name of a declared function, as in f'(x)",
        "write a derivative as diff(…, x), a name without a prime, a text between double quotes",
    ),
    # --- what names and indices mean ---
    "D140": Code(
        "Undeclared name",
        "What is used is declared above its use.",
        "theorem t: x = x",
        "`{name}` is not declared",
        "{instead}",
    ),
    "D141": Code(
        "Used before its declaration",
        "What is used is declared above its use.",
        "define f = x\nvariable x",
        "`{name}` is declared below, in line {line}",
        "move that line up, above line {here}",
    ),
    "D142": Code(
        "Definition by itself",
        "A definition is a name for an expression, so the name cannot stand in it.",
        "variable x\ndefine f = f + x",
        "`{name}` is used in its own definition",
        "{instead}",
    ),
    "D143": Code(
        "Unknown function",
        "Functions are those of the table, those that define gives, and those that function declares.",
        "variable x\ntheorem t: sech(x) = 1",
        "there is no function `{name}`",
        "{instead}",
    ),
    "D144": Code(
        "Array without its indices",
        "An array stands in an expression entry by entry.",
        "size n\nvariable x[n]\ntheorem t: x = 0",
        "`{name}` is an array with {count}",
        "write {instead}",
    ),
    "D145": Code(
        "Wrong number of indices",
        "An entry has as many indices as its array was declared with.",
        "size n\nvariable x[n]\ntheorem t: x[i, j] = 0",
        "`{name}` has {count}, not {given}",
        "write {instead}",
    ),
    "D146": Code(
        "Wrong number of arguments",
        "A function takes as many arguments as its table or its declaration says.",
        "variable x\ntheorem t: exp(x, x) = 1",
        "`{name}` takes {count}, not {given}",
        "write {instead}",
    ),
    "D147": Code(
        "Prime of what is no declared function",
        "f'(u) is the derivative of a function of which only the name and the number of arguments are given: function f(u). "
        "What is defined or has a name in the language is differentiated by its expression.",
        "variable x\ndefine s(u) = u^2\ntheorem t: s'(x) = 2*x",
        "`{name}` is {kind}: only a declared function of numbers, `function f(u)`, has derivatives `f'`, `f''`",
        "write diff({what}, v) for the derivative by a variable or defined name v; a name has no primes",
    ),
    "D148": Code(
        "Function without its argument",
        "A function stands in an expression with its arguments in parentheses.",
        "variable x\ntheorem t: exp = x",
        "`{name}` is a function",
        "write {instead}",
    ),
    "D149": Code(
        "Not a function",
        "Only functions have arguments. A product needs its sign, an array square brackets.",
        "variable x\ntheorem t: x(1 + x) = x",
        "`{name}` is {kind}, not a function",
        "write {instead}",
    ),
    "D151": Code(
        "Not an index",
        "A declared name is not an index; the two would be taken for each other.",
        "size n\nvariable x[n], t\ntheorem a: x[t] = 0",
        "`{name}` is {kind}, not an index",
        "choose another letter for the index: {instead}",
    ),
    "D152": Code(
        "Not an index",
        "An index is a name or a whole number; in an array or a delta it may also be computed from indices and sizes by sums, "
        "differences and multiples: x[t + a - 1], x[n - i + 1], x[2*t].",
        "size n\nvariable x[n]\ntheorem t: x[i^2] = 0",
        "`{found}` is not an index",
        "write an index: {instead}",
    ),
    "D153": Code(
        "Index out of range",
        "Entries are counted from 1 to the size of their array.",
        "variable z[2]\ntheorem t: z[4] = 0",
        "the index `{found}` is not in the range 1 to {range}",
        "write a whole number from 1 to {range}",
    ),
    "D154": Code(
        "Index with two ranges",
        "An index has one range: at sizes that differ, one of the entries would not exist.",
        "size m, n\nvariable x[m], y[n]\ntheorem t: x[i] = y[i]",
        "the index `{name}` runs to `{first}` in {where_first}, and to `{second}` in {where_second}",
        "use two indices, or declare both with the same size",
    ),
    "D155": Code(
        "Index without a range",
        "How far an index runs is read from the arrays in which it stands; where it stands in none, it must be said.",
        "size n\ntheorem t: sum(1, i) = n",
        "nothing tells how far the index `{name}` runs",
        "write {instead}",
    ),
    "D156": Code(
        "Not a size",
        "An array or an index runs to a declared size, or to a whole number, at least 1.",
        "variable x[n]",
        "`{found}` is not a size",
        "{instead}",
    ),
    "D157": Code(
        "Free index in a definition",
        "What a defined name depends on stands on the left of its definition.",
        "size n\nvariable x[n]\ndefine f = x[i]",
        "the index `{name}` is not among the parameters of `{defined}`",
        "write define {instead} = …, or declare {name} as fixed above: index {name}: {range}",
    ),
    "D158": Code(
        "Index given twice",
        "A sum binds each of its indices once, from left to right: the outermost first.",
        "size n\nvariable x[n]\ntheorem t: sum(x[i], i, i) = 0",
        "the index `{name}` is bound twice here",
        "use another index: {instead}",
    ),
    "D159": Code(
        "Bound before it is known",
        "In sum(a, i != k, k) the excluded k is one outside the sum: the indices are bound from left to right.",
        "size n\nvariable x[n, n]\ntheorem t: sum(x[i, k], i != k, k) = 0",
        "the `{name}` that is excluded is not the `{name}` that is bound after it",
        "bind {name} first: {instead}",
    ),
    "D160": Code(
        "Derivative by what is none",
        "A derivative is taken by a variable, or by a defined name or entry.",
        "constant c\ntheorem t: diff(c^2, c) = 2*c",
        "`{found}` is {kind}: a derivative is taken by a variable or a defined name",
        "{instead}",
    ),
    "D161": Code(
        "Derivative in a function",
        "With an argument put in, a derivative in the body of a function could be taken by the wrong thing.",
        "variable x\ndefine f(u) = diff(u*x, x)",
        "the definition of a function cannot hold a derivative",
        "define it without arguments: define {name} = …, or write the derivative where it is used",
    ),
    "D162": Code(
        "Sum without an index",
        "A sum names the indices that it runs over.",
        "size n\nvariable x[n]\ntheorem t: sum(x[i]) = 0",
        "`{name}` names no index",
        "write {instead}",
    ),
    "D163": Code(
        "Not an index of a sum",
        "After the body of a sum stand its indices: i, i: H, i != k.",
        "size n\nvariable x[n]\ntheorem t: sum(x[i], i > 2) = 0",
        "`{found}` does not say what `{name}` runs over",
        "write an index: i, or i: H, or i != k",
    ),
    "D164": Code(
        "Choice without a condition",
        "if chooses by a relation: if(i = k, a, b), if(x > 0, a, b).",
        "variable x\ntheorem t: if(x, 1, 0) = 1",
        "`{found}` is not a relation",
        "write if({found} != 0, …, …), or a relation of indices: if(i = k, …, …)",
    ),
    "D165": Code(
        "A derivative along an edge where none can stand",
        "In partial(c, a) the other names of which c is made are held fixed at the point. So it stands in theorems and their "
        "proofs, and neither in a definition or assumption nor inside of another derivative.",
        "variable x\ndefine a = x^2\ndefine b = a + 1\ndefine c = a*b\ndefine d = partial(c, a)",
        "partial cannot stand here",
        "write out what it is, and give that a name",
    ),
    "D166": Code(
        "Function of an array that is not there",
        "function L(y[n]) is a function of all entries of an array that is declared or defined above, with the same sizes.",
        "size n\nfunction L(y[n])",
        "`{found}` is not an array declared above",
        "{instead}",
    ),
    "D167": Code(
        "Bound of a size",
        "A size is at least 1, or at least the whole number that its declaration gives.",
        "size n > 1",
        "a size is bounded by a whole number: size n >= 2",
        "write size {name} >= {instead}",
    ),
    "D168": Code(
        "Fixed index bound again",
        "A declared index is one fixed entry wherever it stands, also in what defined names stand for; a sum or a parameter "
        "of the same name would take it for its own.",
        "size n\nvariable x[n]\nindex o: n\ntheorem t: sum(x[o], o) = 0",
        "the index `{name}` is fixed by its declaration, and cannot be bound",
        "use another index: {instead}",
    ),
    "D169": Code(
        "Derivative by which argument",
        "The derivatives of a function of one argument are f', f''; those of a function of several have the number of an "
        "argument behind each prime: g'1(u, v), g'2(u, v), g'1'2(u, v).",
        "variable x\nfunction g(u, v)\ntheorem t: g'3(x, x) = 0",
        "`{name}` has {count}: behind each prime stands which of them is moved, and nothing where there is only one",
        "write {instead}",
    ),
    # --- what the reasons of a proof name ---
    "D170": Code(
        "Reason that does not exist",
        "A reason is a rule, a family of rules, definition, assumption, or a theorem that stands above or is brought in by "
        "use. Whatever else is meant stands in quotes: a text licenses nothing in particular, and leaves the rules to the "
        "tool. derive rules lists the rules.",
        "variable x\ntheorem t: diff(1/x, x) = -1/x^2\nproof\n  diff(1/x, x) = -1/x^2 by quotientt\nqed",
        "`{name}` is no rule, and no theorem above",
        "{instead}",
    ),
    "D171": Code(
        "Definition of what is not defined",
        "definition(E) replaces E by what its definition above says, or goes back. Names alone stand in the parentheses, "
        "several with commas: definition(O), not definition(O[i]). definition by itself takes all of them.",
        "variable x\ndefine E = x^2\ntheorem t: diff(E, x) = 2*x\nproof\n  diff(E, x) = 2*x by definition(F), power\nqed",
        "`{name}` {kind}",
        "{instead}",
    ),
    "D172": Code(
        "Reason with something in parentheses",
        "Two reasons say more in parentheses: definition(E), the definition of E, and split(i = k), the term at i = k. An "
        "index of the theorem stands there, or a whole number. All other reasons are their name alone.",
        "variable x\ntheorem t: diff(x^2, x) = 2*x\nproof\n  diff(x^2, x) = 2*x by power(2)\nqed",
        "`{found}` {what}",
        "{instead}",
    ),
    "D173": Code(
        "Theorem that does not stand above",
        "A theorem rests on what stands above it. If it could cite itself, or one below that cites it, everything would "
        "follow.",
        "variable x\ntheorem t: x + x = 3*x\nproof\n  x + x = 3*x by t\nqed",
        "`{name}` {where}, and a proof cites what stands above it",
        "{instead}",
    ),
    "D174": Code(
        "Argument called like a size or an array",
        "In the body of a function its argument is a value; a size, a declared index, an array and a function of the same name "
        "would still stand there in other places, as the range of a sum or before a bracket.",
        "size n\nvariable x\ndefine count(n) = n + sum(1, i: n)",
        "the argument `{name}` has the name of {kind}",
        "write {instead} for the argument",
    ),
    # --- blocks of a document ---
    "D175": Code(
        "Declared above, of what has been declared anew",
        "A block of a document, or what uses another derivation, takes a name from there with all that it is made of. Where "
        "some of that is declared anew, the name would mean something else: so it is declared anew as well.",
        "```derive\nvariable h\ndefine E = h^2\n```\n\n```derive\nconstant h\ntheorem t: E = h^2\n```",
        "`{name}` is declared above, of something that has been declared anew since",
        "declare `{name}` here as well, or give another name to what it is made of",
    ),
    "D176": Code(
        "Declared in a block that has mistakes",
        "The blocks of a document share what is declared in them. What a block with mistakes declares is not known.",
        "```derive\nvariable h, h\n```\n\n```derive\ntheorem t: h = h\n```",
        "`{name}` is declared in a block above that has mistakes",
        "put those right first",
    ),
    "D177": Code(
        "Names that look the same",
        "In print `theta` and `θ` are one letter, `x1`, `x_1` and the entry `x[1]` of an array `x` are x with a subscript, and "
        "a Cyrillic letter may be a Latin one. Readers would take two names that look the same for one.",
        "variable theta, θ",
        "`{name}` looks like `{other}` in print",
        "use one of the two, or another name: {instead}",
    ),
    "D180": Code(
        "Block that is not seen",
        "A block of Markdown begins with its fence, set in by three spaces at most, and followed by its mark alone. Set in by "
        "more it is shown as it is typed, as it is in a piece of HTML without an empty line above it; readers would see a "
        "derivation that is not checked. Behind a tab in a quotation or a list, programs see different things. What stands in "
        "a comment of HTML, or in another block, is passed over. In reStructuredText a block is the content of a directive "
        "that shows code, below an empty line.",
        "",
        "this looks like a block of derive, and is none here",
        "{instead}",
    ),
    "D190": Code(
        "Mark of derive embed",
        "What `derive embed` writes stands between two marks, each on a line by itself, of which the first says what to print.",
        "",
        "this is {found}",
        "write {instead}",
    ),
})
