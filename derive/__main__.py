"""The command `derive`, which is `python -m derive` as well."""

import os


def run() -> None:
    """The program. Whoever interrupts it, while it is loaded too, is not told where that was."""
    try:
        from derive.cli import run as program

        program()
    except KeyboardInterrupt:
        os._exit(130)


if __name__ == "__main__":
    run()
