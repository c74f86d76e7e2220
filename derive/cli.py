"""The command line, in Typer: what may be asked, and how. What is then done is in `commands`, and there is no mathematics here.

    derive softmax-ce --classes 3       a word that is no command is the name of a derivation
    derive list | rules | check PATH …

The exit status is 0 where everything is as it should be, 1 where a verdict is not the expected one, and 2 where the call, a
file or its syntax is wrong. Nothing is loaded before it is needed: `derive --version` answers at once.
"""

from __future__ import annotations

import gc
import io
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext, redirect_stderr, redirect_stdout, suppress
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from derive import __version__
from derive.errors import CallError, DeriveError
from derive.limits import bound_memory, watch, write_all_digits

FIX_ALL = "--fix-all"
AS_EXPECTED, NOT_AS_EXPECTED, WRONG_CALL, INTERRUPTED, SIGNALLED = 0, 1, 2, 130, 128

UsageError: type[Exception] = typer.BadParameter.__mro__[2]
"""What the parser of the command line raises: the exception of Click, which some versions of Typer bring along."""

_MINUS = re.compile(r"-(?!-|[doh]?$)")
"""How an expression begins that is taken for an option; -d, -o and -h are options of `derive diff`."""

PRESENT = "NAME"
"""The command that stands for all derivations of the library, under each one's name, and for those in files."""


COMPLETE = "_DERIVE_COMPLETE"
"""What a shell sets in the environment to ask what could be typed."""


class Commands(TyperGroup):
    """The commands by name, where any other word is the name of a derivation."""

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """What may be typed first: a command, the name of a derivation, or a file."""
        from derive.commands.completion import Completion, derivations

        offered = [each.value for each in super().shell_complete(ctx, incomplete) if each.value != PRESENT]
        if not incomplete.startswith("-"):
            offered += derivations(incomplete)
        return [Completion(each) for each in offered]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or the one that presents the derivation of that name or in that file."""
        found = self._command(ctx, cmd_name)
        if found is not None and ctx.resilient_parsing:  # a shell asks, and to paint the help takes as long as all else
            for parameter in found.params:
                parameter.help = None
        return found

    def _command(self, ctx: Any, cmd_name: str) -> Any:
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            return found
        from derive.shelf import SUFFIX, names, near

        if cmd_name.lower().endswith(SUFFIX) and os.path.exists(cmd_name):
            return super().get_command(ctx, PRESENT)
        known = [*names(), *(name for name in self.list_commands(ctx) if name != PRESENT)]
        if cmd_name in known:
            return super().get_command(ctx, PRESENT)
        if cmd_name.startswith("-"):
            return None
        meant = near(cmd_name, known)
        said = f'there is no derivation or command "{cmd_name}"'
        if os.path.exists(cmd_name):
            from derive.commands.foreign import told

            raise told(cmd_name) or CallError("no-command", said, f"to check the file: derive check {cmd_name}")
        if meant:
            raise CallError("no-command", f"{said}; did you mean {' or '.join(meant)}?")
        raise CallError("no-command", said, "derive list names the derivations, derive --help the commands")


app = typer.Typer(
    cls=Commands,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


# --- what a shell offers ----------------------------------------------------------------------------------------------------


def _offered(what: str) -> Callable[[typer.Context, str], list[str]]:
    """What `commands.completion` offers of that kind to one who has typed the beginning, behind that command or derivation."""

    def offer(context: typer.Context, incomplete: str) -> list[str]:
        from derive.commands.completion import OFFERED

        return OFFERED[what](context.info_name or "", incomplete)

    return offer


# --- options --------------------------------------------------------------------------------------------------------------


class Presentation(StrEnum):
    """How a derivation is presented."""

    text = "text"
    latex = "latex"
    markdown = "markdown"
    html = "html"
    json = "json"


class Listing(StrEnum):
    """How a list is presented."""

    text = "text"
    markdown = "markdown"
    html = "html"
    json = "json"


class Replays(StrEnum):
    """How the result of a replay is presented."""

    text = "text"
    json = "json"


class Findings(StrEnum):
    """How the verdicts on files are presented."""

    full = "full"
    concise = "concise"
    json = "json"
    jsonl = "jsonl"
    github = "github"
    sarif = "sarif"
    junit = "junit"


def whole(option: str, least: int) -> Callable[[str], int]:
    """The reader of a whole number."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", str(text)) or int(text) < least:
            few = "of at most 18 digits" if re.fullmatch("[0-9]{19,}", str(text)) else f"from {least} on"
            raise CallError("not-a-number", f"{option} takes a whole number {few}, and not {text}")
        return int(text)

    return read


def sized(text: str) -> tuple[str, int]:
    """Reads H=3."""
    name, equals, value = str(text).partition("=")
    if not equals or not name.strip():
        raise CallError("not-a-size", f"--size takes the name of a size and a whole number, and not {text}", "as in --size H=3")
    return name.strip(), whole(f"--size {name.strip()}", 1)(value.strip())


def places(text: str) -> tuple[int, ...]:
    """Reads 2, or 2,1 for two indices."""
    return tuple(whole("--wrt", 1)(part.strip()) for part in str(text).split(","))


Ascii = Annotated[bool, typer.Option("--ascii", help="Write formulas in plain ASCII.")]
Width = Annotated[
    int | None, typer.Option(parser=whole("--width", 20), metavar="COLUMNS", help="The width of lines of text.")
]


def writable(context: typer.Context, path: str | None) -> str | None:
    """The file to write to. Fails with `CallError` where a derivation is there, or a document with one: a report in its place
    is hardly meant.
    """
    if context.resilient_parsing:  # a shell asks what comes next
        return path
    if path == "":
        raise CallError("no-output", "-o names no file", "as in -o FILE")
    if path is not None and not context.params.get("force") and os.path.isfile(path):
        from derive.commands.found import is_derivation

        if is_derivation(os.path.realpath(path)):
            refuse_output(f"{path} is a derivation")
    return path


def refuse_output(why: str) -> NoReturn:
    """Fails with `CallError` for a file that a report would replace."""
    raise CallError("no-output", f"{why}, and a report would replace it", "name another file, or add --force")


def apart(output: str | None, force: bool, *read: str | None) -> None:
    """Fails with `CallError` where the output is one of the files that are read."""
    if output is not None and not force and os.path.isfile(output):
        for path in read:
            if path is not None and os.path.isfile(path) and os.path.samefile(path, output):
                refuse_output(f"{output} is what is read")


# Looked at by `writable` alone, wherever there is an output.
Force = Annotated[bool, typer.Option("--force", is_eager=True, help="Let the output replace a derivation, or what is read.")]
Output = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="FILE", callback=writable, help="Write to a file, whole or not at all."),
]


# --- commands -------------------------------------------------------------------------------------------------------------


def _version(context: typer.Context, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        from derive.commands.output import say

        say(f"derive {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")] = False,
) -> None:
    """Checks and prints calculus derivations, step by step.

    Exit status: 0 all verdicts are as expected, 1 one is not, 2 the call, a file or its syntax is wrong.
    """


@app.command(PRESENT)
def present(
    context: typer.Context,
    classes: Annotated[
        int | None,
        typer.Option(parser=whole("--classes", 1), metavar="N", help="Write it out for N classes, where it has such a size."),
    ] = None,
    size: Annotated[
        list[Any] | None,
        typer.Option(parser=sized, metavar="H=N", help="Write it out for this size; may be repeated."),
    ] = None,
    wrt: Annotated[
        Any, typer.Option(parser=places, metavar="K", help="By which entry, where it is written out: 1 by default.")
    ] = None,
    variant: Annotated[
        str | None, typer.Option(metavar="NAME", help="Present a variant of it.", autocompletion=_offered("variant"))
    ] = None,
    theorem: Annotated[
        str | None, typer.Option(metavar="NAME", help="Present this theorem alone.", autocompletion=_offered("theorem"))
    ] = None,
    short: Annotated[bool, typer.Option("--short", help="What is stated and its verdict, without the steps.")] = False,
    format: Annotated[Presentation, typer.Option(help="How to present it.")] = Presentation.text,
    standalone: Annotated[
        bool, typer.Option("--standalone", help="With --format latex: a document of its own, and not a part to paste into one.")
    ] = False,
    output: Output = None,
    force: Force = False,
    points: Annotated[
        int, typer.Option(parser=whole("--points", 1), metavar="N", help="Random points at which numbers are compared.")
    ] = 5,
    seed: Annotated[
        int, typer.Option(parser=whole("--seed", 0), metavar="N", help="The seed of the random points.")
    ] = 0,
    numeric: Annotated[bool, typer.Option("--numeric/--no-numeric", help="Compare numbers as well.")] = True,
    at: Annotated[
        str | None, typer.Option(metavar="VALUES", help="Each line in these numbers: 'Z=[1, 2, 3], y=[0, 1, 0], k=2'.")
    ] = None,
    plot: Annotated[
        bool, typer.Option("--plot", help="Draw it and its gradient into the file -o: svg, png or pdf. Needs Matplotlib.")
    ] = False,
    range: Annotated[
        str | None, typer.Option(metavar="A:B", help="With --plot: where the entry runs, as in --range=-3:3.")
    ] = None,
    ascii: Ascii = False,
    width: Width = None,
) -> int:
    """Present a derivation, by name or FILE.derive: its steps, verdicts, and a check by numbers. See: derive list"""
    from derive.commands.compared import comparing

    sizes: dict[str, int] = {}
    for name, value in size or ():
        if sizes.setdefault(name, value) != value:
            raise CallError("two-sizes", f"--size gives {name} two values, {sizes[name]} and {value}")
    assert context.info_name is not None
    apart(output, force, context.info_name)
    if at is not None:
        from derive.commands import at as in_numbers

        asked = in_numbers.Options(at, theorem, variant, format.value, output, ascii, width)
        return in_numbers.at(context.info_name, asked)
    if plot:
        from derive.commands import plot as picture

        ends = None if range is None else picture.ends_of(range)
        return picture.plot(context.info_name, picture.Options(output, theorem, variant, classes, sizes, wrt or (), ends, seed))
    if range is not None:
        raise CallError("no-range", "--range is where a picture is drawn", "write --plot")
    with comparing() if numeric else nullcontext() as beside:
        from derive.commands.present import Options, present

        options = Options(
            classes, sizes, wrt, variant, format.value, output, points, seed, ascii, width, theorem, short, standalone
        )
        return present(context.info_name, options, beside)


def _schema(context: typer.Context, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        from derive.commands.output import say
        from derive.render.json import schema

        say(schema())
        raise typer.Exit


@app.command()
def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH…]",
            help="Files NAME.derive, documents with such blocks, folders of them, or - .",
            autocompletion=_offered("path"),
        ),
    ] = None,
    format: Annotated[Findings, typer.Option(help="How to present what was found.")] = Findings.full,
    output: Output = None,
    force: Force = False,
    strict: Annotated[
        bool | None, typer.Option("--strict/--no-strict", help="A condition that nothing says is a failure.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what is wrong.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say also what is wrong as expected, and what a proof rests on.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Check again whenever a file changes.")] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Put right what is known: ? and reasons; with --fix=all false right sides too.")
    ] = False,
    fix_all: Annotated[bool, typer.Option(FIX_ALL, hidden=True)] = False,
    lint: Annotated[bool, typer.Option("--lint", help="Hint at reasons that are not needed, and at unused names.")] = False,
    jobs: Annotated[
        int | None, typer.Option(parser=whole("--jobs", 1), metavar="N", help="How many processes work on several files.")
    ] = None,
    timeout: Annotated[
        int | None,
        typer.Option(parser=whole("--timeout", 1), metavar="SECONDS", help="The most time for one step, of the processor: 60."),
    ] = None,
    skip_empty: Annotated[bool, typer.Option("--skip-empty", help="Pass over documents that hold no derivation.")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", callback=_schema, is_eager=True, help="Say what --format json prints, as a JSON Schema.")
    ] = False,
    ascii: Ascii = False,
    width: Width = None,
) -> int:
    """Check derivations: every step by the rule that it names, the first wrong one with a counterexample.

    Without a PATH, what [tool.derive] in pyproject.toml says.
    """
    from derive.checking.steps import TIMEOUT
    from derive.commands import check as checking
    from derive.commands.config import config

    project = config()
    paths = paths or project.checked()
    apart(output, force, *paths)
    seconds = timeout or project.timeout or TIMEOUT
    written = True
    if fix or fix_all:
        from derive.commands.fix import fix as put_right

        written = put_right(paths, fix_all, seconds, project.expected)
    strict = project.strict if strict is None else strict
    if format is Findings.jsonl:
        from derive.commands.jsonl import check_lines

        status = check_lines(paths, jobs or project.jobs, seconds, output)
        return status if written else WRONG_CALL
    options = checking.Options(
        format.value, output, strict, quiet, verbose, jobs or project.jobs, seconds, ascii, width, lint, project.expected,
        skip_empty,
    )  # fmt: skip
    status = checking.watch(paths, options) if watch else checking.check(paths, options)
    return status if written else WRONG_CALL


@app.command()
def serve(
    stdio: Annotated[bool, typer.Option("--stdio", help="Over standard input and output: the only way there is.")] = True,
) -> int:
    """Answer items that come line by line as JSON, with a process that stays warm. See: derive check --format jsonl"""
    from derive.commands.jsonl import serve

    return serve()


@app.command()
def replay(
    paths: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="What derive check --format json wrote; - for standard input.")
    ],
    format: Annotated[Replays, typer.Option(help="How to present what was found.")] = Replays.text,
    output: Output = None,
    force: Force = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what is wrong.")] = False,
    timeout: Annotated[
        int,
        typer.Option(parser=whole("--timeout", 1), metavar="SECONDS", help="The most time for one derivation."),
    ] = 60,
) -> int:
    """Go through the proofs in a file once more, without any search: whatever it calls proved must be proved again."""
    from derive.commands.replay import Options, replay

    apart(output, force, *paths)
    return replay(paths, Options(format.value, output, quiet, timeout))


@app.command("list")
def list_(
    word: Annotated[
        str | None, typer.Argument(metavar="[WORD]", help="Those that have this in a name, their title or their source.")
    ] = None,
    format: Annotated[Listing, typer.Option(help="How to present the list.")] = Listing.text,
    output: Output = None,
    force: Force = False,
    width: Width = None,
) -> int:
    """List the derivations of the library, or those about something."""
    from derive.commands.listing import list_derivations

    list_derivations(word, format.value, output, width)
    return AS_EXPECTED


@app.command()
def rules(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The rule to show in full.", autocompletion=_offered("rule"))
    ] = None,
    format: Annotated[Listing, typer.Option(help="How to present them.")] = Listing.text,
    output: Output = None,
    force: Force = False,
    width: Width = None,
) -> int:
    """List the rules that a step may cite, or show one: what it states, its conditions, an example, its source."""
    from derive.commands.listing import list_rules

    list_rules(name, format.value, output, width)
    return AS_EXPECTED


@app.command()
def diff(
    expression: Annotated[
        str, typer.Argument(metavar="EXPR", help='The expression; if it begins with a minus, last and after --: -- "-x^2".')
    ],
    wrt: Annotated[
        str, typer.Option(metavar="X", help='The variable or defined entry: x, or Z[k]; "x, x" for a second derivative.')
    ],
    declare: Annotated[
        list[str] | None, typer.Option("--declare", "-d", metavar="TEXT", help='As in "variable x, s > 0  constant a".')
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A derivation whose declarations are used.", autocompletion=_offered("path")),
    ] = None,
    format: Annotated[Presentation, typer.Option(help="How to present it.")] = Presentation.text,
    output: Output = None,
    force: Force = False,
    ascii: Ascii = False,
    width: Width = None,
) -> int:
    """Derive an expression here and now, every rule named. Names other than the variable must be declared."""
    from derive.commands.diff import Options, diff

    return diff(expression, Options(wrt, tuple(declare or ()), file, format.value, output, ascii, width))


class Precision(StrEnum):
    """Numbers of which length a function is tried with."""

    both = "both"
    float64 = "float64"
    float32 = "float32"


class Arrays(StrEnum):
    """The library whose arrays a function takes."""

    numpy = "numpy"
    torch = "torch"
    jax = "jax"


@app.command("try")
def attempt(
    function: Annotated[
        str, typer.Argument(metavar="MODULE:FUNCTION", help="As in model.py:gradient or package.model:gradient.")
    ],
    against: Annotated[
        str,
        typer.Option(metavar="NAME", help="The derivation: a name, or FILE.derive.", autocompletion=_offered("path")),
    ],
    theorem: Annotated[str | None, typer.Option(metavar="NAME", help="The theorem, if not the main one.")] = None,
    arguments: Annotated[
        str | None, typer.Option(metavar="NAMES", help="The order of its arrays, as in Z,y, where they have other names.")
    ] = None,
    size: Annotated[
        list[Any] | None, typer.Option(parser=sized, metavar="H=N", help="Only this size; may be repeated.")
    ] = None,
    one_hot: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="An array of zeros with one entry that is 1; may be repeated.")
    ] = None,
    batch: Annotated[
        bool, typer.Option("--batch", help="Each array has a batch before its own axes, and so has the result.")
    ] = False,
    dtype: Annotated[Precision, typer.Option(help="The numbers.")] = Precision.both,
    to: Annotated[Arrays, typer.Option(help="The library whose arrays the function takes.")] = Arrays.numpy,
    examples: Annotated[int, typer.Option(parser=whole("--examples", 1), metavar="N", help="At how many inputs.")] = 100,
    seed: Annotated[
        int | None, typer.Option(parser=whole("--seed", 0), metavar="N", help="Other inputs than those of every run.")
    ] = None,
) -> int:
    """Try a function of yours against a proved gradient. It runs your code, and needs Hypothesis."""
    from derive.commands.trial import Options, attempt

    order = None if arguments is None else tuple(name.strip() for name in arguments.split(","))
    dtypes = ("float64", "float32") if dtype is Precision.both else (dtype.value,)
    return attempt(
        function,
        Options(against, theorem, order, tuple(size or ()), tuple(one_hot or ()), batch, dtypes, to.value, examples, seed),
    )


@app.command()
def fill(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH…",
            help="Files to fill in place, folders of them; - for standard input.",
            autocompletion=_offered("path"),
        ),
    ],
    stdout: Annotated[bool, typer.Option("--stdout", help="Print the result, and write nothing.")] = False,
) -> int:
    """Replace every ? by what the rules give: a right side or the reasons, keeping comments and layout."""
    from derive.commands.fill import fill

    return fill(paths, stdout)


@app.command()
def fmt(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…", help="Files to lay out in place; - for standard input.", autocompletion=_offered("path")
        ),
    ],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a file would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change.")] = False,
) -> int:
    """Lay files out in the canonical way, keeping comments."""
    from derive.commands.fmt import fmt

    return fmt(paths, check, diff)


@app.command()
def embed(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH…", help="Documents in Markdown, TeX or a notebook, and folders of them.")
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where what is shown is stale, or no longer proved.")
    ] = False,
) -> int:
    """Write into documents what derive prints, between the marks <!-- derive: NAME … --> and <!-- /derive -->."""
    from derive.commands.embed import embed

    named = (each.name or getattr(each.callback, "__name__", "") for each in app.registered_commands)
    return embed(paths, check, _printed, frozenset(named) - {PRESENT})


def _printed(arguments: Sequence[str]) -> tuple[int, str, str]:
    """The exit status of a call, what it prints for another program, and what it says is wrong."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2)]
    saved = os.environ.pop("FORCE_COLOR", None)
    try:
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
            status = main(arguments)
    finally:
        if saved is not None:
            os.environ["FORCE_COLOR"] = saved
    out, err = (_text(stream) for stream in streams)
    return status, out, err


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


@app.command()
def explain(
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="[CODE]", help="As in D216; without one, all are listed.", autocompletion=_offered("code")
        ),
    ] = None,
    format: Annotated[Listing, typer.Option(help="How to present it.")] = Listing.text,
    output: Output = None,
    force: Force = False,
    width: Width = None,
) -> int:
    """Say what a diagnostic means, with an example of the mistake and of how to write it."""
    from derive.commands.explain import explain

    explain(code, format.value, output, width)
    return AS_EXPECTED


# --- the call -------------------------------------------------------------------------------------------------------------


def run() -> NoReturn:
    """The program. It ends at once: to take a hundred thousand terms down one by one would cost as much as a small proof."""
    gc.set_threshold(100_000)  # little of what a short run makes is ever garbage, and looking for it takes time
    # `check` judges other files besides; what else cannot be interrupted ends with its process.
    watch(hard=sys.argv[1:2] != ["check"])
    for name in ("SIGTERM", "SIGHUP"):
        with suppress(ValueError, OSError, AttributeError):  # Windows has one of them
            if signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN:  # as `nohup` has it
                signal.signal(getattr(signal, name), _end)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy would ask for memory for each processor that there is
    bound_memory()
    write_all_digits()
    if sys.stdout is not None and isinstance(getattr(sys.stdout, "buffer", None), io.RawIOBase):  # PYTHONUNBUFFERED is set
        # What is written without a buffer may be written in part, and nobody is told.
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(sys.stdout.buffer), encoding=sys.stdout.encoding, errors=sys.stdout.errors
        )
    status = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)


def _end(number: int, _: object) -> NoReturn:
    """Ends as if asked to, so that nothing half done is left."""
    raise SystemExit(SIGNALLED + number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line, reports what is wrong in one line, and returns the exit status."""
    if COMPLETE in os.environ:
        with suppress(Exception):  # what was typed is wrong: nothing is offered, and a shell is no place to say so
            from derive.commands.completion import answered

            answered(partial(app, args=[], prog_name="derive", standalone_mode=False), os.environ)
        return AS_EXPECTED
    asked = list(sys.argv[1:] if arguments is None else arguments)
    ends = asked.index("--") if "--" in asked else len(asked)
    asked[:ends] = [FIX_ALL if each == "--fix=all" else each for each in asked[:ends]]  # its value may be left out
    try:
        status = app(args=asked or ["--help"], prog_name="derive", standalone_mode=False)
        return (status or AS_EXPECTED) if asked else WRONG_CALL
    except DeriveError as error:
        from derive.commands.complaint import complain_of

        complain_of(error)
        return WRONG_CALL
    except UsageError as error:
        from derive.commands.complaint import complain

        said = str(getattr(error, "format_message", error.__str__)())
        context = getattr(error, "ctx", None)
        help = f"{context.command_path} --help" if context is not None else ""
        if context is not None and context.info_name == "diff" and any(map(_MINUS.match, asked)):
            help += f'; an expression that begins with a minus comes last, after --: {context.command_path} --wrt x -- "-x^2"'
        complain(said[:1].lower() + said[1:].rstrip("."), help)
        return WRONG_CALL
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except OSError as error:
        from derive.commands.complaint import complain

        complain(error.strerror or str(error))
        return WRONG_CALL
    except Exception as error:
        from derive.commands.complaint import complain_of, fault

        complain_of(fault(error, f"derive {asked[0]}" if asked else "derive"))
        return WRONG_CALL
