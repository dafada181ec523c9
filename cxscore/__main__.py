"""``python -m cxscore``."""

from cxscore.cli.main import main

main()
