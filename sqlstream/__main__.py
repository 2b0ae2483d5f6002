"""``python -m sqlstream`` is the ``sqlstream`` command."""

from sqlstream.cli.main import main

main()
