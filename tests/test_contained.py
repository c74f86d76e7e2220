"""One file among others: whatever it is, and whatever happens in it, is told of it, and all others are judged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from derive.checking import attempts
from derive.checking.verdicts import Report
from derive.cli import main
from derive.commands import one_file
from derive.errors import CallError, LimitError
from derive.language import read
from derive.language.errors import SourceError
from derive.library import bytes_of
from derive.limits import LARGEST_FILE

FORMATS = ("full", "concise", "json", "github", "sarif", "junit")
FINE = "variable x\ntheorem t: x + x = 2*x\n"


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out, err


def counted(format: str, out: str) -> tuple[int, int]:
    """How many files were judged, and how many errors are told beside them."""
    if format == "json":
        document = json.loads(out)
        return document["summary"]["files"], len(document.get("errors", ()))
    if format == "sarif":
        (run,) = json.loads(out)["runs"]
        return -1, len(run["results"])
    if format == "junit":
        suites = ElementTree.fromstring(out)
        return len(suites), len(suites.findall(".//error"))
    line = out.splitlines()[-1]
    judged, unread = line.split()[0], line.split("; ")[1].split()[0]
    return int(judged), int(unread)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def itself(path: Path) -> None:
    path.symlink_to(path)


def folder(path: Path) -> None:
    path.mkdir()


def bytes_(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")


def large(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(LARGEST_FILE + 1)


def null(path: Path) -> None:
    path.write_bytes(b"\0" * 1000)


UNREADABLE: tuple[Callable[[Path], None], ...] = (pipe, device, nothing, itself, folder, bytes_, large, null)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
@pytest.mark.sample(4)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("make", UNREADABLE, ids=lambda make: make.__name__)
def test_a_file_that_cannot_be_read_is_one_error(
    make: Callable[[Path], None], format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "c"):
        (tmp_path / f"{name}.derive").write_text(FINE)
    bad = tmp_path / "b.derive"
    make(bad)
    paths = [str(tmp_path / f"{name}.derive") for name in "abc"]
    status, out, err = call(capsys, "check", *paths, "--format", format)
    assert (status, err) == (2, "")
    # An empty folder is an error as well, of no file.
    judged, errors = counted(format, out)
    assert errors == 1
    assert judged in (-1, 2 if format != "junit" else 3)
    assert "b.derive" in out


@pytest.mark.sample(4)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["n" * 300, "nul\0", "no/such/file.derive", ""])
def test_a_name_that_names_nothing_is_one_error(
    name: str, format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.derive").write_text(FINE)
    status, out, _ = call(capsys, "check", name, str(tmp_path / "a.derive"), "--format", format)
    assert status == 2
    assert counted(format, out)[1] == 1


def test_an_empty_folder_is_one_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.derive").write_text(FINE)
    status, out, _ = call(capsys, "check", str(tmp_path / "empty"), str(tmp_path / "a.derive"))
    assert status == 2
    assert "there is no derivation in the folder" in out
    assert out.splitlines()[-1].startswith("1 file, 1 theorem (1 proved), 1 step (1 proved); 1 file not read")


def test_suffixes_in_capital_letters_are_meant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "A.DERIVE").write_text(FINE)
    (tmp_path / "B.MD").write_text(f"text\n\n```derive\n{FINE}```\n")
    status, out, _ = call(capsys, "check", str(tmp_path))
    assert (status, out) == (0, "2 files, 2 theorems (2 proved), 2 steps (2 proved); all as expected\n")


@pytest.mark.parametrize("format", FORMATS)
def test_names_are_no_commands(format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither of a terminal nor of GitHub, and not of bytes that are no text."""
    there = os.getcwd()
    os.chdir(tmp_path)
    try:
        for name in ("::error::x.derive", "e\x1b[31m\n::set-output name=a::b.derive", "u\udcff.derive", "b\u202ex.derive"):
            Path(name).write_text("theorem t: 1 = 2\n")
            status, out, _ = call(capsys, "check", name, "--format", format)
            assert status == 1
            assert not any(char in out for char in ("\x1b", "\u202e", "\udcff"))
            lines = [line for line in out.splitlines() if line.lstrip().startswith("::")]
            assert all(line.startswith("::error file=") for line in lines)
            assert len(lines) == (format == "github")
    finally:
        os.chdir(there)


@pytest.mark.slow
@pytest.mark.parametrize("call_", [("check", "a.derive"), ("a.derive", "--no-numeric"), ("rules",), ("list",)])
def test_a_report_does_not_replace_a_derivation(
    call_: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.derive", "B.DERIVE"):
        Path(name).write_text(FINE)
        status, _, err = call(capsys, *call_, "-o", name)
        assert (status, Path(name).read_text()) == (2, FINE)
        assert "--force" in err
    Path("link.json").symlink_to("B.DERIVE")
    Path("notes.md").write_text(f"```derive\n{FINE}\n```\n")
    for name in ("link.json", "notes.md"):
        before = Path(name).read_text()
        assert call(capsys, *call_, "-o", name)[0] == 2
        assert Path(name).read_text() == before
    Path("new.derive").unlink(missing_ok=True)
    assert call(capsys, *call_, "-o", "new.derive")[0] == 0
    assert call(capsys, *call_, "-o", "B.DERIVE", "--force")[0] == 0
    assert Path("B.DERIVE").read_text() != FINE


def test_what_is_written_does_not_replace_what_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain.txt").write_text(FINE)
    Path("other.txt").symlink_to("plain.txt")
    for name in ("plain.txt", "other.txt"):
        status, _, err = call(capsys, "check", "plain.txt", "-o", name)
        assert (status, Path("plain.txt").read_text()) == (2, FINE)
        assert "what is read" in err
    assert call(capsys, "check", "plain.txt", "--format", "json", "-o", "found.json")[0] == 0
    assert call(capsys, "replay", "found.json", "-o", "found.json")[0] == 2
    assert call(capsys, "replay", "found.json")[0] == 0
    assert call(capsys, "check", "plain.txt", "-o", "")[0] == 2
    assert call(capsys, "check", "plain.txt", "-o", "plain.txt", "--force")[0] == 0


@pytest.mark.sample(10)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_letters_that_an_output_has_not_are_no_error(encoding: str, format: str, tmp_path: Path) -> None:
    path = tmp_path / "a.derive"
    path.write_text("variable ж\ntheorem t: ж = ж + 1\n", encoding="utf-8")
    call = [sys.executable, "-m", "derive", "check", str(path), "--format", format]
    found = subprocess.run(call, capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding}, check=False)
    assert (found.returncode, found.stderr) == (1, b"")
    assert b"D232" in found.stdout


# --- what goes wrong inside ----------------------------------------------------------------------------------------------


def broken(error: BaseException) -> Callable[..., object]:
    """The search for a proof, which fails for what has a y in it."""
    search = attempts.evaluated

    def evaluated(left: object, *others: object) -> object:
        if "'y'" in repr(left):
            raise error
        return search(left, *others)  # type: ignore[arg-type]

    return evaluated


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("error", [IndexError("tuple index out of range"), MemoryError(), KeyError("y")])
def test_an_error_inside_is_one_of_its_file(
    error: BaseException, format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "evaluated", broken(error))
    for name, text in (("a", FINE), ("b", "variable y\ntheorem named: y + y = 2*y\n"), ("c", FINE)):
        (tmp_path / f"{name}.derive").write_text(text)
    status, out, err = call(capsys, "check", str(tmp_path), "--format", format)
    assert (status, err) == (2, "")
    assert counted(format, out)[1] == 1
    assert "b.derive" in out
    assert "theorem named" in out
    assert ("D409" if isinstance(error, MemoryError) else "D900") in out


def test_an_error_in_what_is_written_is_one_of_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = one_file.piece_of

    def piece_of(checked: list[object], style: object) -> object:
        if any("b.derive" in str(getattr(getattr(each, "derivation", None), "file", "")) for each in checked):
            raise ZeroDivisionError("division by zero")
        return write(checked, style)  # type: ignore[arg-type]

    monkeypatch.setattr(one_file, "piece_of", piece_of)
    for name in "abc":
        (tmp_path / f"{name}.derive").write_text(FINE)
    status, out, _ = call(capsys, "check", str(tmp_path), "--format", "concise")
    assert status == 2
    assert out.count("D900") == 1
    assert out.splitlines()[-1].startswith("2 files, 2 theorems")


def test_one_bad_block_does_not_take_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = "```derive\n{}\n```\n\n"
    path = tmp_path / "notes.md"
    path.write_text("".join(map(block.format, (FINE, "variable", "theorem u: 1 = 2", FINE))))
    status, out, _ = call(capsys, "check", str(path), "--format", "concise")
    assert status == 2
    assert [line.split(": ")[0].split(":", 1)[1] for line in out.splitlines()[:-1]] == ["8:9", "12:16"]
    assert out.splitlines()[-1].startswith("1 file, 3 theorems")


def test_a_carriage_return_alone_hides_no_block(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends a line of Markdown, so that the second block is shown as one."""
    path = tmp_path / "notes.md"
    bad = b"\r```derive\rvariable x\rtheorem t: x = x + 1\r```\r"
    path.write_bytes(b"```derive\nvariable x\ntheorem t: x = x\n```\n\nBad:\r" + bad)
    status, out, _ = call(capsys, "check", str(path), "--format", "concise")
    assert status == 2
    assert "D101" in out
    assert "1 file, 1 theorem (1 proved), 1 step (1 proved)" in out


@pytest.mark.slow
def test_a_bad_file_does_not_end_a_watch(tmp_path: Path) -> None:
    (tmp_path / "a.derive").write_text(FINE)
    (tmp_path / "b.derive").write_text("variable")
    call = [sys.executable, "-m", "derive", "check", str(tmp_path), "--watch", "--format", "concise"]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    threading.Timer(60, process.kill).start()
    assert "D112" in process.stdout.readline()
    assert "1 file, 1 theorem" in process.stdout.readline()
    (tmp_path / "b.derive").write_text(FINE)
    lines = [process.stdout.readline() for _ in range(3)]
    assert "checked again" in lines[1]
    assert lines[2].startswith("2 files, 2 theorems (2 proved), 2 steps (2 proved); all as expected")
    process.kill()
    process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("watched", [".", "a.derive"])
def test_a_watch_sees_what_is_made_again(watched: str, tmp_path: Path) -> None:
    """A folder that is deleted and made again, and a file that an editor puts in the place of the one before."""
    folder = tmp_path / "watched"
    folder.mkdir()
    (folder / "a.derive").write_text(FINE)
    call = [sys.executable, "-m", "derive", "check", str(folder / watched), "--watch", "--format", "concise"]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    threading.Timer(60, process.kill).start()
    said = iter(process.stdout.readline, "")
    assert "all as expected" in next(said)
    for text, wanted in (("variable x\ntheorem t: x = x + 1\n", "not as expected"), (FINE, "all as expected")):
        if watched == ".":
            shutil.rmtree(folder)
            folder.mkdir()
        (folder / "new").write_text(text)
        (folder / "new").rename(folder / "a.derive")
        assert next(line for line in said if "as expected" in line).rstrip().endswith(wanted)
    process.kill()
    process.communicate()


def test_no_text_of_a_file_is_a_command_of_github(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.derive"
    told = "".join(f'{word} "::error::x ##[error]x"\n' for word in ("title", "source", "note", "variable x"))
    path.write_text(f"{told}theorem t: x = x\n", encoding="utf-8")
    status, out, _ = call(capsys, str(path), "--no-numeric")
    assert status == 0
    assert "error: :x" in out
    assert not [line for line in out.splitlines() if line.strip().startswith("::") or "##[" in line]


@pytest.mark.parametrize("format", ["full", "concise"])
def test_no_excerpt_and_no_name_is_a_command_of_github(
    format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "##[group]a.derive"
    path.write_text('title "##[error]x"\nvariable x\ntheorem t: x = x + 1  # ##[stop-commands]x\n', encoding="utf-8")
    (tmp_path / "b.derive").write_text('title "##[error]x\n', encoding="utf-8")
    status, out, err = call(capsys, "check", str(path), str(tmp_path / "b.derive"), "--format", format)
    assert status == 2
    assert "##[" not in out + err


LONG = "*".join(["1e999"] * 5)


@pytest.mark.parametrize("claim", ["diff({}*x, x) = ?", "abs({}*x) = x", "sin({}*x) = 1", "sum({}, i: 3) = ?"])
def test_numbers_of_very_many_digits(claim: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.md"
    block = "```derive\nvariable x\ntheorem t: {}\n```\n\n"
    path.write_text(block.format("x = x + 1") + block.format(claim.format(LONG)))
    for format in ("full", "concise", "json", "sarif"):
        status, out, err = call(capsys, "check", str(path), "--format", format)
        assert status == 1, err
        assert "D900" not in out + err
        assert "D232" in out


def test_what_cannot_be_written_down_does_not_take_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = one_file.piece_of

    def piece_of(checked: list[object], style: object) -> object:
        if any(isinstance(each, Report) and each.theorems[0].statement.name == "bad" for each in checked):
            raise LimitError("D400", "more work than is done for writing down what was found")
        return real(checked, style)  # type: ignore[arg-type]

    monkeypatch.setattr(one_file, "piece_of", piece_of)
    path = tmp_path / "a.md"
    path.write_text("".join(f"```derive\nvariable x\ntheorem {name}: x = x + 1\n```\n\n" for name in ("first", "bad", "last")))
    status, out, _ = call(capsys, "check", str(path), "--format", "concise")
    assert status == 2
    assert out.count("D232") == 2
    assert out.count("D400") == 1


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_document_in_another_encoding_is_not_passed_over(
    encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.derive").write_text("variable x\ntheorem t: x = x\n")
    (tmp_path / "a.md").write_bytes(f"caf\xe9\n\n```derive\n{FINE}\n```\n".encode(encoding))
    (tmp_path / "b.md").write_bytes("caf\xe9\n".encode(encoding))
    status, out, _ = call(capsys, "check", str(tmp_path))
    assert status == 2
    assert "1 file not read" in out


def test_standard_input_is_read_to_its_end(tmp_path: Path) -> None:
    program = (
        "import os, subprocess, sys, time\n"
        "there, here = os.pipe()\n"
        "os.set_blocking(there, False)\n"
        "asked = subprocess.Popen([sys.executable, '-m', 'derive', 'check', '-'], stdin=there)\n"
        "os.write(here, b'variable x\\ntheorem t: x = x\\n')\n"
        "time.sleep(1.5)\n"
        "os.write(here, b'theorem u: x = x + 1\\n')\n"
        "os.close(here)\n"
        "sys.exit(asked.wait())\n"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 1
    assert "2 theorems" in found.stdout


def test_standard_output_by_its_name_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.derive").write_text(FINE)
    with (tmp_path / "log").open("a") as log:
        log.write("before\n")
        log.flush()
        call_ = [sys.executable, "-m", "derive", "check", str(tmp_path / "a.derive"), "-o", "/dev/stdout"]
        subprocess.run(call_, stdout=log, timeout=60, check=True)
    assert (tmp_path / "log").read_text().startswith("before\n1 file")


def test_nothing_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What calls itself a regular file may be one that waits for others, as the log of the kernel does."""
    path = tmp_path / "a.derive"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    monkeypatch.setattr("derive.library.stat.S_ISREG", lambda _: True)
    with pytest.raises(CallError, match="it has nothing to say yet"):
        bytes_of(path, "a.derive")
    os.close(held)


@pytest.mark.slow
def test_thousands_of_reasons_that_do_not_exist_take_no_time_for_each_other(tmp_path: Path) -> None:
    text = "variable x\n" + "".join(f"theorem t{n}: x = x\nproof\nx = x by no{n}\nqed\n" for n in range(4_000))
    began = time.process_time()
    with pytest.raises(SourceError) as found:
        read(text)
    assert len(found.value.more) < 1_000
    assert time.process_time() - began < 10


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in which somebody is cannot be deleted there")
def test_a_folder_that_is_no_longer_there_takes_no_other_file(tmp_path: Path) -> None:
    gone, other = tmp_path / "gone", tmp_path / "other.derive"
    gone.mkdir()
    other.write_text("variable x\ntheorem t: x = x\n", encoding="utf-8")
    program = f"import os; os.rmdir({str(gone)!r}); from derive.__main__ import run; run()"
    call = [sys.executable, "-P", "-c", program, "check", "here.derive", str(other), "--jobs", "1"]
    done = subprocess.run(call, cwd=gone, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "error: there is no file here.derive\n" in done.stdout
    assert "(1 proved); 1 file not read" in done.stdout


HEAVY = "variable x[8,8,8,8,8]\ntheorem t: sum(sum(sum(sum(sum(x[i0,i1,i2,i3,i4], i0), i1), i2), i3), i4) = 0\n"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="what a process took is not told here")
def test_what_is_found_of_one_block_is_let_go_before_the_next(tmp_path: Path) -> None:
    """A document takes the memory of its heaviest block, and not of all together."""

    def peak(blocks: int) -> int:
        file = tmp_path / f"{blocks}.md"
        file.write_text(f"```derive\n{HEAVY}```\n\n" * blocks, encoding="utf-8")
        process = subprocess.Popen([sys.executable, "-m", "derive", "check", str(file)], stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 1
        return used.ru_maxrss

    assert peak(4) < 1.25 * peak(1)
