"""`derive fmt FILE…`: the canonical layout."""

from __future__ import annotations

from collections.abc import Sequence

from derive.commands.complaint import complain_of, fault
from derive.commands.files import STANDARD, called, derivation_source, refuse_notebook, replace, show_difference
from derive.commands.output import say
from derive.language.documents import kind_of
from derive.language.layout import lay_out, lay_out_document
from derive.library import loading


def fmt(paths: Sequence[str], check: bool = False, diff: bool = False) -> int:
    """Lays out files, and returns the exit status; one that cannot be read does not keep the others from it.

    With `check` or `diff` nothing is written: `check` names the files that would change, `diff` shows how.
    """
    changed, same, failed = 0, 0, 0
    for path in paths:
        try:
            before = derivation_source(path)
            refuse_notebook(path)
            kind, load = kind_of(path), loading(path)
            after = lay_out(before, path, load=load) if kind is None else lay_out_document(before, path, load, kind)
        except Exception as error:
            complain_of(fault(error, called(path)))
            failed += 1
            continue
        changed, same = (changed + 1, same) if after != before else (changed, same + 1)
        if diff and after != before:
            show_difference(path, before, after)
        elif check and after != before:
            say(f"{path} would change\n")
        elif not check and not diff and (after != before or path == STANDARD):
            replace(path, after)
    if not diff and STANDARD not in paths:
        say(_summary(changed, same, check))
    if failed:
        return 2
    return 1 if check and changed else 0


def _summary(changed: int, same: int, check: bool) -> str:
    said = [f"{_files(changed)} {'would change' if check else 'changed'}"] if changed else []
    said += [f"{_files(same)} left as {'it is' if same == 1 else 'they are'}"] if same else []
    return f"{', '.join(said)}\n" if said else ""


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
