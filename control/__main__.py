"""``python -m control`` is ``mw``."""

from control.cli.main import main

main()
